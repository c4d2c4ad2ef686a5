#pragma once
// Free-form JSON as BSON: its canonical text (model/free_form.h) to a document and back. Pure.

#include <string_view>

#include "engine/mongo/handles.h"
#include "model/value.h"

namespace holdfast::mongo {

// `canonical` is the text of an object. Integers within ±(2⁵³−1) become int64, other numbers doubles.
void append_free_form(bson_t& document, std::string_view key, std::string_view canonical);

// Its canonical text. Absent: no document, or something in it that JSON cannot say exactly (a date, an ObjectId, a number that no double
// is).
Value read_free_form(const bson_iter_t& stored);

}  // namespace holdfast::mongo
