#include "engine/mongo/mark.h"

#include <algorithm>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"

namespace holdfast::mongo {

void append_mark(bson_t& document, const Mark& mark) {
  Nested marked(document, "_hf.deleting");
  append_text(marked, "by", mark.by);
  bson_append_date_time(&marked.get(), "at", -1, mark.at);
  bson_append_date_time(&marked.get(), "now", -1, mark.now);
  append_text(marked, "root", mark.root_model->table);
  append_id(marked, "rootId", *mark.root_model, mark.root_id);
}

std::optional<Mark> read_mark(const bson_t& document, const Catalog& catalog) {
  bson_iter_t place, deleting;
  if (!bson_iter_init(&place, &document) || !bson_iter_find_descendant(&place, "_hf.deleting", &deleting)) return std::nullopt;
  bson_iter_t member;
  if (!bson_iter_recurse(&deleting, &member)) return std::nullopt;
  Mark mark;
  bson_iter_t root_id{};
  bool has_root = false;
  while (bson_iter_next(&member)) {
    const std::string_view key = bson_iter_key(&member);
    if (key == "by" && BSON_ITER_HOLDS_UTF8(&member)) mark.by = bson_iter_utf8(&member, nullptr);
    if (key == "at" && BSON_ITER_HOLDS_DATE_TIME(&member)) mark.at = bson_iter_date_time(&member);
    if (key == "now" && BSON_ITER_HOLDS_DATE_TIME(&member)) mark.now = bson_iter_date_time(&member);
    if (key == "decided") mark.decided = bson_iter_as_bool(&member);
    if (key == "root" && BSON_ITER_HOLDS_UTF8(&member)) {
      const std::string table = bson_iter_utf8(&member, nullptr);
      const auto model = std::ranges::find(catalog.models(), table, &Model::table);
      if (model != catalog.models().end()) mark.root_model = &*model;
    }
    if (key == "rootId") root_id = member, has_root = true;
  }
  if (mark.root_model != nullptr && has_root) mark.root_id = read_id(root_id, *mark.root_model);
  if (mark.root_id.is_absent()) mark.root_model = nullptr;
  return mark;
}

}  // namespace holdfast::mongo
