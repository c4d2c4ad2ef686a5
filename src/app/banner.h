#pragma once
// What `serve` says on stdout when it is ready: the address, what is served, some requests to try, how to stop. Pure.

#include <string>
#include <string_view>

#include "app/config.h"
#include "model/model.h"

namespace holdfast {

// `address` as it is listened on: "127.0.0.1:8080", "[::1]:8080". The first line holds http:// and the address.
// Ends with a warning when everybody who reaches the address may read and write.
std::string banner(const Config& config, const Catalog& catalog, const std::string& address);

// A body that POST accepts, made of the model alone; empty when none can be made up (a pattern, a foreign id).
std::string sample_body(const Model& model);

// What a search of the model finds once a record like sample_body() is there; empty when it has no `search`, or none of its fields stands
// in that body.
std::string sample_search(const Model& model);

// A query that the model has, as `category=livre` or `price[gte]=10`.
std::string sample_filter(const Model& model);

}  // namespace holdfast
