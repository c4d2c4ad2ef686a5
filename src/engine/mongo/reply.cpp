#include "engine/mongo/reply.h"

namespace holdfast::mongo {

std::int64_t number_at(const bson_t& reply, const char* path) {
  bson_iter_t place, found;
  if (!bson_iter_init(&place, &reply) || !bson_iter_find_descendant(&place, path, &found)) return 0;
  return bson_iter_as_int64(&found);
}

bool is_document_at(const bson_t& reply, const char* path) {
  bson_iter_t place, found;
  return bson_iter_init(&place, &reply) && bson_iter_find_descendant(&place, path, &found) && BSON_ITER_HOLDS_DOCUMENT(&found);
}

}  // namespace holdfast::mongo
