#include "engine/mongo/shown_id.h"

#include <stdexcept>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {

std::string shown_id_of(const bson_t& document, const Model& model) {
  bson_iter_t stored;
  if (!bson_iter_init_find(&stored, &document, kIdName.data())) return "?";
  const Value id = read_id(stored, model);
  if (!id.is_absent()) return shown_id(id);
  Document alone;
  bson_append_iter(alone.get(), "i", 1, &stored);
  try {
    const std::string json = relaxed_json(*alone.get());  // { "i" : … }
    const std::size_t start = json.find(':') + 2;
    return json.substr(start, json.rfind('}') - start - 1);
  } catch (const std::invalid_argument&) {  // a text in it is not UTF-8
    return "?";
  }
}

}  // namespace holdfast::mongo
