#pragma once
// What a command answered, read by path. Pure.

#include <cstdint>

#include "engine/mongo/handles.h"

namespace holdfast::mongo {

// "value.last", "cursor.firstBatch.0._id": 0 when there is no number.
std::int64_t number_at(const bson_t& reply, const char* path);
bool is_document_at(const bson_t& reply, const char* path);

// Each document of a cursor's first batch, until `visit` answers false. It is valid during the call.
template <typename Visit>
void each_document(const bson_t& reply, const Visit& visit) {
  bson_iter_t place, batch, item;
  if (!bson_iter_init(&place, &reply) || !bson_iter_find_descendant(&place, "cursor.firstBatch", &batch)) return;
  if (!bson_iter_recurse(&batch, &item)) return;
  while (bson_iter_next(&item)) {
    std::uint32_t length = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&item, &length, &bytes);
    bson_t document;
    if (bytes == nullptr || !bson_init_static(&document, bytes, length) || !visit(document)) return;
  }
}

}  // namespace holdfast::mongo
