#include "http/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "http/compression.h"
#include "http/conditional.h"
#include "http/link.h"
#include "http/negotiation.h"
#include "http/problem.h"
#include "http/write_request.h"
#include "model/json.h"

namespace holdfast::http {
namespace {

constexpr std::string_view kJson = "application/json";

bool is_write(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch || method == Method::kDelete;
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = kJson;
  response.body = std::move(body);
  return response;
}

std::string collections_json(const Catalog& catalog) {
  std::string body = "{\"data\":[";
  for (const Model& model : catalog.models()) {
    if (body.back() == '}') body.push_back(',');
    body += "{\"name\":";
    append_json_string(body, model.name);
    body += ",\"title\":";
    append_json_string(body, model.title.empty() ? model.name : model.title);
    body += ",\"path\":\"/api/" + model.name + "\"}";
  }
  return body + "]}";
}

Response redirect(std::string target) {
  Response response;
  response.status = 302;
  response.headers.push_back({"Location", std::move(target)});
  return response;
}

awaitable<Result<Response>> ready_made(Result<Response> response) {
  co_return response;
}

// Before anything is done: a write must not be kept and then answered 406.
Result<void> check_acceptable(const Request& request) {
  const std::optional<std::string> types = request.combined("Accept");
  if (types && !accepts_json(*types)) return Error(Code::kNotAcceptable, "Answers are application/json; Accept does not admit it.");
  const std::optional<std::string> codings = request.combined("Accept-Encoding");
  if (codings && choose_coding(*codings, 0) == Coding::kNone) {
    return Error(Code::kNotAcceptable, "Accept-Encoding admits neither identity, gzip nor zstd.");
  }
  return {};
}

// What follows the scheme, which is written in any case (RFC 9110 §11.1); empty when it is another scheme.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if ((authorization[i] | 0x20) != kScheme[i]) return {};
  }
  const std::size_t begin = authorization.find_first_not_of(' ', kScheme.size());  // RFC 9110 §11.4: one space or more
  return begin == std::string_view::npos ? std::string_view() : authorization.substr(begin);
}

Response write_response(const Model& model, Item item) {
  Response response;
  response.status = item.status;
  if (item.status != 204) {
    response = json_response(item.status, std::move(item.body));
    response.headers.push_back({"ETag", std::move(item.etag)});
  }
  if (item.status == 201) response.headers.push_back({"Location", fmt::format("/api/{}/{}", model.name, item.id)});
  if (item.replayed) response.headers.push_back({"Idempotency-Replayed", "true"});
  return response;
}

}  // namespace

Api::Api(const ApiSettings& settings, const Catalog& catalog, const Planner& planner, Store& store, const Clock& clock)
    : settings_(settings), catalog_(catalog), planner_(planner), clock_(clock), service_(store, planner) {}

std::optional<Response> Api::refuse(const Request& request) {
  if (const Result<Checked> checked = check(request); !checked) return refusal(request, checked.error());
  return std::nullopt;
}

awaitable<Response> Api::handle(const Request& request) {
  Result<Checked> checked = check(request);
  if (!checked) co_return refusal(request, checked.error());
  Result<Response> answer = co_await run(request, *checked);
  if (!answer) co_return refusal(request, answer.error());
  if (!answer->body.empty()) compress(request, *answer);
  if (!is_preflight(request)) add_cors(settings_.cors, request, *answer);
  co_return std::move(*answer);
}

Result<Api::Checked> Api::check(const Request& request) const {
  Checked checked;
  Result<Route> route = find_route(catalog_, request.path());
  if (!route) return route.error();
  checked.route = std::move(*route);
  if (!allows(checked.route.kind, request.method)) {
    return Error(Code::kMethodNotAllowed, fmt::format("{} takes {}.", request.path(), allowed_methods(checked.route.kind)));
  }
  if (request.method == Method::kOptions || checked.route.kind == Route::Kind::kLive) return checked;
  if (const Result<void> key = check_key(request); !key) return key.error();
  Result<std::vector<Parameter>> parameters = parse_parameters(request.query());
  if (!parameters) return parameters.error();
  checked.parameters = std::move(*parameters);
  if (is_write(request.method)) {
    Result<WritePlan> write = check_write(request, checked);
    if (!write) return write.error();
    checked.write = std::move(*write);
  }
  if (checked.route.model == nullptr && !checked.parameters.empty()) {
    return Error(Code::kUnknownParameter,
                 fmt::format("{} takes no parameters; got \"{}\".", request.path(), checked.parameters.front().name));
  }
  // Where parameters come first, item, page and count look themselves. The root leads to a page, and has no body.
  const bool planned = checked.route.model != nullptr && !is_write(request.method);
  if (!planned && checked.route.kind != Route::Kind::kRoot) {
    if (const Result<void> acceptable = check_acceptable(request); !acceptable) return acceptable.error();
  }
  return checked;
}

Result<void> Api::check_key(const Request& request) const {
  if (settings_.api_key.empty()) return {};
  const std::string* authorization = request.header("Authorization");
  const std::string_view token = authorization == nullptr ? std::string_view() : bearer_token(*authorization);
  // Hashes have one length, so the comparison tells nothing about the key's.
  static const SecretKey kComparison = random_key();
  if (equal_in_constant_time(authentication_tag(kComparison, token), authentication_tag(kComparison, settings_.api_key))) return {};
  return Error(Code::kUnauthenticated, "Send Authorization: Bearer with the key of HOLDFAST_API_KEY.");
}

Result<WritePlan> Api::check_write(const Request& request, const Checked& checked) const {
  const bool post = request.method == Method::kPost;
  auto conflict_key = planner_.write_parameters(*checked.route.model, checked.parameters, post);
  if (!conflict_key) return conflict_key.error();
  return read_write_head(request, checked.route, std::move(*conflict_key));
}

awaitable<Result<Response>> Api::run(const Request& request, Checked& checked) {
  if (is_write(request.method)) return write(request, checked);
  if (request.method != Method::kOptions && request.body.empty()) {
    switch (checked.route.kind) {
      case Route::Kind::kItem:
        return item(request, checked);
      case Route::Kind::kCollection:
      case Route::Kind::kSearch:
      case Route::Kind::kFinder:
        return page(request, checked);
      case Route::Kind::kCount:
        return count(request, checked);
      default:
        break;
    }
  }
  return ready_made(own_answer(request, checked.route));
}

// What needs no database.
Result<Response> Api::own_answer(const Request& request, const Route& route) const {
  if (request.method == Method::kOptions) return options(request, route);
  if (!request.body.empty()) return Error(Code::kBadRequest, fmt::format("{} takes no body.", request.method_text));
  switch (route.kind) {
    case Route::Kind::kLive:
      return json_response(200, R"({"status":"live"})");
    case Route::Kind::kReady:
      return ready(request);
    case Route::Kind::kApi:
      return json_response(200, collections_json(catalog_));
    default:
      return redirect("/docs");
  }
}

awaitable<Result<Response>> Api::item(const Request& request, const Checked& checked) {
  const auto fields = planner_.item_fields(*checked.route.model, checked.parameters);
  if (!fields) co_return fields.error();
  Result<Value> id = item_id(checked.route);
  if (!id) co_return id.error();
  if (const Result<void> acceptable = check_acceptable(request); !acceptable) co_return acceptable.error();
  const Result<Conditions> conditions = read_conditions(request);
  if (!conditions) co_return conditions.error();
  FindPlan plan;
  plan.model = checked.route.model;
  plan.id = std::move(*id);
  Result<Item> found = co_await service_.read(plan, *fields);
  if (!found) co_return found.error();
  Response response = json_response(200, std::move(found->body));
  response.headers.push_back({"ETag", found->etag});
  if (const Result<void> condition = apply_conditions(*conditions, request, found->etag, response); !condition) co_return condition.error();
  co_return response;
}

Result<ListPlan> Api::plan_page(const Route& route, const std::vector<Parameter>& parameters) const {
  if (route.kind == Route::Kind::kSearch) return planner_.search(*route.model, parameters);
  if (route.kind == Route::Kind::kFinder) return planner_.find_by(*route.model, *route.finder, route.value, parameters);
  return planner_.list(*route.model, parameters);
}

awaitable<Result<Response>> Api::page(const Request& request, const Checked& checked) {
  const Route& route = checked.route;
  const Result<ListPlan> plan = plan_page(route, checked.parameters);
  if (!plan) co_return plan.error();
  if (const Result<void> acceptable = check_acceptable(request); !acceptable) co_return acceptable.error();
  const Result<Conditions> conditions = read_conditions(request);
  if (!conditions) co_return conditions.error();
  const std::size_t without_cursor = next_target(request, "").size();
  const std::size_t longest_cursor = settings_.url_bytes - std::min(settings_.url_bytes, without_cursor);
  Result<Page> listed = co_await service_.list(*plan, longest_cursor);
  if (!listed) co_return listed.error();
  Response response = json_response(200, std::move(listed->body));
  response.headers.push_back({"ETag", listed->etag});
  if (!listed->next_cursor.empty()) response.headers.push_back({"Link", next_link(request, listed->next_cursor)});
  if (const Result<void> condition = apply_conditions(*conditions, request, listed->etag, response); !condition)
    co_return condition.error();
  co_return response;
}

awaitable<Result<Response>> Api::count(const Request& request, const Checked& checked) {
  const Result<CountPlan> plan = planner_.count(*checked.route.model, checked.parameters);
  if (!plan) co_return plan.error();
  if (const Result<void> acceptable = check_acceptable(request); !acceptable) co_return acceptable.error();
  Result<std::string> counted = co_await service_.count(*plan);
  if (!counted) co_return counted.error();
  co_return json_response(200, std::move(*counted));
}

awaitable<Result<Response>> Api::write(const Request& request, Checked& checked) {
  Result<WriteRequest> read = read_write_body(request, std::move(checked.write), settings_.json_depth);
  if (!read) co_return read.error();
  WritePlan& plan = read->plan;
  plan.now = clock_.now();
  if (plan.kind == WritePlan::Kind::kCreate && plan.id.is_absent()) plan.id = new_id(*plan.model, plan.now);
  Result<Item> written = co_await service_.write(std::move(plan), std::move(read->errors));
  if (!written) co_return written.error();
  co_return write_response(*checked.route.model, std::move(*written));
}

// Absent where the database or the client makes it.
Value Api::new_id(const Model& model, Milliseconds now) {
  if (model.id_kind == IdKind::kUuid) return ids_.uuid(now);
  if (model.id_kind == IdKind::kObjectId) return ids_.object_id(now);
  return {};
}

Response Api::ready(const Request& request) const {
  const Health health = settings_.health();
  if (!health.ready) return problem(Error(Code::kDatabaseUnavailable, health.detail), request.id);
  std::string body = health.detail.empty() ? R"({"status":"ready")" : R"({"status":"degraded","detail":)";
  if (!health.detail.empty()) append_json_string(body, health.detail);
  if (const auto& pool = health.pool) {
    body += fmt::format(R"(,"pool":{{"size":{},"inUse":{},"idle":{},"waiting":{},"created":{},"failed":{}}})", pool->size, pool->in_use,
                        pool->idle, pool->waiting, pool->created, pool->failed);
  }
  return json_response(200, body + "}");
}

Response Api::options(const Request& request, const Route& route) const {
  Response response;
  response.status = 204;
  response.headers.push_back({"Allow", std::string(allowed_methods(route.kind))});
  if (is_preflight(request)) add_preflight(settings_.cors, request, allowed_methods(route.kind), response);
  return response;
}

Response Api::refusal(const Request& request, const Error& error) const {
  Response response = problem(error, request.id);
  if (error.code == Code::kMethodNotAllowed) {
    const Result<Route> route = find_route(catalog_, request.path());
    response.headers.push_back({"Allow", std::string(allowed_methods(route->kind))});
  }
  add_cors(settings_.cors, request, response);
  return response;
}

}  // namespace holdfast::http
