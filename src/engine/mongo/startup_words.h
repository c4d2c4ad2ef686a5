#pragma once
// Why a MongoDB server does not let us in, for the person at the terminal. The one place that knows the driver's words.

#include <string>

#include "engine/mongo/handles.h"

namespace holdfast::mongo {

// What is wrong and what to do; a sentence each, never with a password.
struct StartupWords {
  std::string fault, advice;
};
StartupWords startup_words(const bson_error_t& error, const mongoc_uri_t* uri);

// "localhost:27017,other:27017", or the name whose SRV record is asked.
std::string place_of(const mongoc_uri_t* uri);

}  // namespace holdfast::mongo
