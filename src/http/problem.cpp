#include "http/problem.h"

#include "model/json.h"

namespace holdfast::http {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void append_errors(std::string& out, const std::vector<FieldError>& errors) {
  out += ",\"errors\":[";
  for (const FieldError& error : errors) {
    if (&error != errors.data()) out += ',';
    out += "{\"pointer\":";
    append_json_string(out, error.pointer);
    append_member(out, "code", error.code);
    append_member(out, "message", error.message);
    if (!error.limit.empty()) {
      out += ',';
      append_json_string(out, error.code);
      out += ':';
      out += error.limit;
    }
    out += '}';
  }
  out += ']';
}

void append_fields(std::string& out, const std::vector<std::string>& fields) {
  out += ",\"fields\":[";
  for (const std::string& field : fields) {
    if (&field != fields.data()) out += ',';
    append_json_string(out, field);
  }
  out += ']';
}

}  // namespace

Response problem(const Error& error, std::string_view request_id) {
  const CodeDescription& description = describe(error.code);
  Response response;
  response.status = description.status;
  response.content_type = "application/problem+json";
  std::string& body = response.body;
  body = "{\"type\":\"/docs/errors#";
  body += description.name;
  body += '"';
  append_member(body, "title", description.title);
  body += ",\"status\":";
  body += std::to_string(description.status);
  append_member(body, "code", description.name);
  if (!error.detail.empty()) append_member(body, "detail", error.detail);
  if (!error.errors.empty()) append_errors(body, error.errors);
  if (!error.fields.empty()) append_fields(body, error.fields);
  if (!error.collection.empty()) append_member(body, "collection", error.collection);
  if (error.count) {
    body += ",\"count\":";
    body += std::to_string(*error.count);
  }
  if (error.column) {
    body += ",\"column\":";
    body += std::to_string(*error.column);
  }
  append_member(body, "requestId", request_id);
  body += '}';
  if (description.status == 503) response.headers.push_back({"Retry-After", "1"});
  if (description.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

}  // namespace holdfast::http
