#include "http/router.h"

#include <fmt/format.h>

#include "base/unicode.h"
#include "model/validator.h"
#include "query/parameters.h"

namespace holdfast::http {
namespace {

constexpr std::string_view kApi = "/api/";

Error unknown_route(std::string detail) {
  return Error(Code::kUnknownRoute, std::move(detail));
}

Error nothing_at(std::string_view path) {
  if (!is_plain_text(path)) return Error(Code::kInvalidEncoding, "The path is not UTF-8.");  // nor could it be told in JSON
  return unknown_route(fmt::format("There is nothing at {}. GET /api lists the collections.", path));
}

// /api/<collection>/<segment>
Result<Route> item_route(const Model& model, std::string_view segment) {
  Route route{Route::Kind::kItem, &model, nullptr, {}};
  if (segment == "count") {
    route.kind = Route::Kind::kCount;
    return route;
  }
  if (segment == "search") {
    if (!model.search) {
      return unknown_route(fmt::format(
          "{} cannot be searched. Declare it in the model, as in `search: {{ fields: [name], language: simple }}`.", model.name));
    }
    route.kind = Route::Kind::kSearch;
    return route;
  }
  Result<std::string> id = decode_path_segment(segment);
  if (!id) return id.error();
  route.value = std::move(*id);
  return route;
}

// /api/<collection>/<name>/<segment>
Result<Route> finder_route(const Model& model, std::string_view name, std::string_view segment, std::string_view path) {
  for (const Finder& finder : model.finders) {
    if (finder.name != name) continue;
    Result<std::string> value = decode_path_segment(segment);
    if (!value) return value.error();
    return Route{Route::Kind::kFinder, &model, &finder, std::move(*value)};
  }
  return nothing_at(path);
}

Result<Route> collection_route(const Catalog& catalog, std::string_view path) {
  std::string_view rest = path.substr(kApi.size());
  const std::size_t slash = rest.find('/');
  Result<std::string> name = decode_path_segment(rest.substr(0, slash));
  if (!name) return name.error();
  const Model* model = catalog.find(*name);
  if (model == nullptr) {
    if (name->empty()) return nothing_at(path);
    return Error(Code::kUnknownCollection, fmt::format("There is no collection \"{}\". GET /api lists the collections.", *name));
  }
  if (slash == std::string_view::npos) return Route{Route::Kind::kCollection, model, nullptr, {}};
  rest.remove_prefix(slash + 1);
  const std::size_t second = rest.find('/');
  if (rest.empty()) return nothing_at(path);
  if (second == std::string_view::npos) return item_route(*model, rest);
  const std::string_view value = rest.substr(second + 1);
  if (value.empty() || value.find('/') != std::string_view::npos) return nothing_at(path);
  return finder_route(*model, rest.substr(0, second), value, path);
}

std::string_view form_of_ids(IdKind kind) {
  switch (kind) {
    case IdKind::kUuid:
      return "UUIDs";
    case IdKind::kObjectId:
      return "24 hexadecimal digits";
    case IdKind::kInteger:
      return "integers";
    case IdKind::kText:
      break;
  }
  return "1 to 100 letters, digits or any of . _ ~ -";
}

}  // namespace

Result<Route> find_route(const Catalog& catalog, std::string_view path) {
  if (path.starts_with(kApi)) return collection_route(catalog, path);
  if (path == "/health/live") return Route{Route::Kind::kLive, nullptr, nullptr, {}};
  if (path == "/health/ready") return Route{Route::Kind::kReady, nullptr, nullptr, {}};
  if (path == "/") return Route{Route::Kind::kRoot, nullptr, nullptr, {}};
  if (path == "/api") return Route{Route::Kind::kApi, nullptr, nullptr, {}};
  return nothing_at(path);
}

Result<Value> item_id(const Route& route) {
  std::optional<Value> id = parse_id(*route.model, route.value);
  if (!id) {
    return Error(Code::kInvalidId, fmt::format("\"{}\" is not an id of {}: those are {}.", route.value, route.model->name,
                                               form_of_ids(route.model->id_kind)));
  }
  return std::move(*id);
}

std::string_view allowed_methods(Route::Kind kind) {
  switch (kind) {
    case Route::Kind::kCollection:
      return "GET, HEAD, POST, OPTIONS";
    case Route::Kind::kItem:
      return "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";
    default:
      return "GET, HEAD, OPTIONS";
  }
}

bool allows(Route::Kind kind, Method method) {
  switch (method) {
    case Method::kGet:
    case Method::kHead:
    case Method::kOptions:
      return true;
    case Method::kPost:
      return kind == Route::Kind::kCollection;
    case Method::kPut:
    case Method::kPatch:
    case Method::kDelete:
      return kind == Route::Kind::kItem;
    case Method::kOther:
      return false;
  }
  return false;
}

}  // namespace holdfast::http
