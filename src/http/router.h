#pragma once
// Paths into routes. Pure.

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "model/model.h"

namespace holdfast::http {

struct Route {
  enum class Kind : std::uint8_t { kRoot, kApi, kLive, kReady, kCollection, kItem, kCount, kSearch, kFinder };

  Kind kind = Kind::kRoot;
  const Model* model = nullptr;    // kCollection, kItem, kCount, kSearch, kFinder
  const Finder* finder = nullptr;  // kFinder
  std::string value;               // kItem: the id as written, decoded; kFinder: the value, decoded
};

// unknown_route, unknown_collection, invalid_encoding.
Result<Route> find_route(const Catalog& catalog, std::string_view path);

// The id of a kItem. invalid_id.
Result<Value> item_id(const Route& route);

// "GET, HEAD, POST, OPTIONS": the value of Allow.
std::string_view allowed_methods(Route::Kind kind);
bool allows(Route::Kind kind, Method method);

}  // namespace holdfast::http
