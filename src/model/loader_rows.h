#pragma once
// For the loader's tests: a rule is a row. Included by tests only.

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

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

using ModelTexts = std::vector<std::pair<std::string, std::string>>;

// Loads each row as the model `things`, with sound ones beside it, and tells of those that end otherwise than they say: nothing, when all
// is well.
inline std::string objections(std::initializer_list<LoaderRow> rows, const ModelTexts& beside = {}) {
  std::string text;
  for (const auto& row : rows) {
    std::string yaml = row.yaml;
    const std::string expected = row.fault.empty() ? "" : "models/things.yaml:" + take_mark(yaml) + ": " + row.fault;
    ModelTexts files = beside;
    files.emplace_back("things", yaml);
    const LoadedModels loaded = load_model_texts(files);
    const std::string faults = faults_of(loaded);
    const bool as_expected = row.fault.empty()
                                 ? faults.empty() && loaded.models.size() == files.size()
                                 : faults.starts_with(expected) && loaded.faults.size() == 1 && loaded.models.size() == beside.size();
    if (!as_expected) text += std::string("\n") + row.sentence + "\n  expected: " + expected + "\n  is:       " + faults;
  }
  return text;
}

// A model with one property `x`.
inline std::string with_field(const std::string& map) {
  return "type: object\nproperties:\n  x: " + map + "\n";
}

// The model `things` of a text that must load, with sound ones beside it.
inline Model model_of(const std::string& yaml, const ModelTexts& beside = {}) {
  ModelTexts files = beside;
  files.emplace_back("things", yaml);
  LoadedModels loaded = load_model_texts(files);
  if (!loaded.faults.empty()) throw std::runtime_error(faults_of(loaded));
  for (Model& model : loaded.models) {
    if (model.name == "things") return std::move(model);
  }
  throw std::runtime_error("no model");
}

// The field `x` of a model that must load.
inline Field field_of(const std::string& map, const ModelTexts& beside = {}) {
  return model_of(with_field(map), beside).fields.at(1);
}

}  // namespace holdfast
