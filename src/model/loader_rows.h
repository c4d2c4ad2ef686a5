#pragma once
// For the loader's tests: a rule is a row. Included by tests only.

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "model/loader.h"

namespace holdfast {

struct LoaderRow {
  const char* sentence;
  std::string yaml;   // § stands before the place of the fault (none: at the very beginning), and is taken away
  std::string fault;  // the beginning of the message of the only fault; empty: there is none
};

// Takes the § away and gives its place, `line:column`.
inline std::string take_mark(std::string& yaml) {
  const std::string mark = "§";
  const std::size_t position = yaml.find(mark);
  if (position == std::string::npos) return "1:1";
  yaml.erase(position, mark.size());
  int line = 1;
  int column = 1;
  for (std::size_t i = 0; i < position; ++i) {
    const bool continues = (static_cast<unsigned char>(yaml[i]) & 0xC0) == 0x80;
    column = yaml[i] == '\n' ? 1 : column + (continues ? 0 : 1);
    line += yaml[i] == '\n' ? 1 : 0;
  }
  return std::to_string(line) + ":" + std::to_string(column);
}

inline std::string faults_of(const LoadedModels& loaded) {
  std::string text;
  for (const auto& fault : loaded.faults) text += fault.text() + "\n";
  return text;
}

// Loads each row as the model `things`, and tells of those that end otherwise than they say: nothing, when all is well.
inline std::string objections(std::initializer_list<LoaderRow> rows) {
  std::string text;
  for (const auto& row : rows) {
    std::string yaml = row.yaml;
    const std::string expected = row.fault.empty() ? "" : "models/things.yaml:" + take_mark(yaml) + ": " + row.fault;
    const LoadedModels loaded = load_model_text("things", yaml);
    const std::string faults = faults_of(loaded);
    const bool as_expected = row.fault.empty() ? faults.empty() && loaded.models.size() == 1
                                               : faults.starts_with(expected) && loaded.faults.size() == 1 && loaded.models.empty();
    if (!as_expected) text += std::string("\n") + row.sentence + "\n  expected: " + expected + "\n  is:       " + faults;
  }
  return text;
}

// A model with one property `x`.
inline std::string with_field(const std::string& map) {
  return "type: object\nproperties:\n  x: " + map + "\n";
}

// The field `x` of a model that must load.
inline Field field_of(const std::string& map) {
  const LoadedModels loaded = load_model_text("things", with_field(map));
  if (!loaded.faults.empty()) throw std::runtime_error(faults_of(loaded));
  return loaded.models.front().fields.at(1);
}

}  // namespace holdfast
