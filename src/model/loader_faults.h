#pragma once
// The faults of one model file, as they are found; and the reading of single values, which is where most faults are found.
//
// Every read_* gives nothing after it has added a fault that says what was expected, what is there, and an example.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/keywords.h"
#include "model/loader.h"
#include "model/loader_yaml.h"

namespace holdfast {

class FaultList {
 public:
  explicit FaultList(std::string file) : file_(std::move(file)) {}

  void add(const YamlNode& where, std::string message) { add(where.mark, std::move(message)); }
  void add(Mark where, std::string message) { faults_.push_back({file_, where, std::move(message)}); }
  // "`maxLength` takes a whole number from 0; got the text `abc`. Write, for example, `maxLength: 100`."
  // `help` stands instead of the example, when there is something better to say.
  void wrong_shape(const YamlNode& where, const Keyword& keyword, std::string_view help = {});

  const std::string& file() const noexcept { return file_; }
  std::size_t count() const noexcept { return faults_.size(); }
  std::vector<ModelFault> take() { return std::move(faults_); }

 private:
  std::string file_;
  std::vector<ModelFault> faults_;
};

// "the text `abc`", "a list".
std::string describe(const YamlNode& node);

// The value of one keyword of a map; null when it is not there.
struct Entry {
  const YamlNode* value = nullptr;
  const Keyword* keyword = nullptr;
  explicit operator bool() const noexcept { return value != nullptr; }
};
Entry entry(const YamlNode& map, Level level, std::string_view name);

// Adds a fault for each key of the map that is no keyword of the level. (Fields: see loader_field, where kind and place matter.)
void refuse_unknown_keywords(const YamlNode& map, Level level, std::string_view of_what, FaultList& faults);

std::optional<std::string> read_text(Entry entry, FaultList& faults);
std::optional<bool> read_boolean(Entry entry, FaultList& faults);
std::optional<std::int64_t> read_count(Entry entry, std::int64_t least, FaultList& faults);
std::optional<std::string> read_storage_name(Entry entry, FaultList& faults);
// The texts of a list; each with its place.
struct PlacedText {
  std::string_view text;
  const YamlNode* node;
};
std::optional<std::vector<PlacedText>> read_texts(Entry entry, FaultList& faults);

bool is_collection_name(std::string_view name);
bool is_field_name(std::string_view name);

// Equal for storage names that some engine takes for one: SQLite does not tell `Name` from `name`.
std::string folded(std::string_view storage_name);

}  // namespace holdfast
