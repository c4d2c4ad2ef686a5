#include "model/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <tuple>

#include "model/loader_collection.h"
#include "model/loader_faults.h"
#include "model/loader_storage.h"
#include "model/loader_yaml.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// One file, as far as it can be read without the others.
struct ModelText {
  std::string collection;
  std::string file;  // as messages name it
  YamlDocument document;
  FaultList faults;
};

ModelText parse(const std::string& collection, const std::string& file, const std::optional<std::string>& text) {
  ModelText parsed{collection, file, {}, FaultList(file)};
  if (!text) {
    parsed.faults.add({1, 1}, "the file cannot be read. Check that it is a file, and its permissions.");
    return parsed;
  }
  parsed.document = parse_yaml(*text);
  for (const auto& fault : parsed.document.faults) parsed.faults.add(fault.mark, fault.message);
  if (!is_collection_name(collection)) {
    parsed.faults.add(
        {1, 1},
        fmt::format("`{}` cannot name a collection: a lower-case letter first, then lower-case letters, digits and `-`, at most 60 in all. "
                    "Rename the file.",
                    collection));
  }
  return parsed;
}

IdKinds id_kinds_of(const std::vector<ModelText>& texts) {
  IdKinds kinds;
  for (const auto& text : texts) {
    const YamlNode* root = text.document.root;
    kinds.emplace(text.collection, root == nullptr ? std::nullopt : id_kind_of(*root));
  }
  return kinds;
}

// In order of file and line; what an alias shows twice is said once.
void put_in_order(std::vector<ModelFault>& faults) {
  const auto place = [](const ModelFault& fault) { return std::tie(fault.file, fault.mark.line, fault.mark.column); };
  std::stable_sort(faults.begin(), faults.end(), [&](const ModelFault& a, const ModelFault& b) { return place(a) < place(b); });
  const auto same = [&](const ModelFault& a, const ModelFault& b) { return place(a) == place(b) && a.message == b.message; };
  faults.erase(std::unique(faults.begin(), faults.end(), same), faults.end());
}

std::optional<std::string> read_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (!stream || (stream.peek() != std::ifstream::traits_type::eof() && !(text << stream.rdbuf()))) return std::nullopt;
  return std::move(text).str();
}

// The model files of a folder in order of name. Hidden ones are editors' own.
std::vector<fs::path> model_files(const fs::path& folder, std::error_code& error) {
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool is_model = path.extension() == ".yaml" || path.extension() == ".yml";
    if (is_model && path.filename().native()[0] != '.') files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What no file can know alone.
void check_together(const ModelRoots& roots, LoadedModels& all) {
  std::map<std::string, const Model*> names;
  for (const auto& model : all.models) {
    const auto [twin, fresh_name] = names.emplace(model.name, &model);
    if (!fresh_name) {
      all.faults.push_back(
          {model.file, {1, 1}, fmt::format("{} describes the same collection. Keep one of the two files.", twin->second->file)});
    }
  }
  std::map<std::string, const Model*> renamed;
  for (const auto& model : all.models) {
    if (model.was.empty()) continue;
    const Mark place = roots.at(model.file)->find("was")->mark;
    if (names.contains(model.was)) {
      all.faults.push_back({model.file, place,
                            fmt::format("`{}` is still a collection, so `{}` cannot be its new name. Take `was` or the other file away.",
                                        model.was, model.name)});
    }
    const auto [other, fresh] = renamed.emplace(model.was, &model);
    if (!fresh && other->second->name != model.name) {
      all.faults.push_back(
          {model.file, place,
           fmt::format("`{}` cannot become both `{}` and `{}`. Take one `was` away.", model.was, other->second->name, model.name)});
    }
  }
}

// References need the kinds of all ids before the first field is read.
LoadedModels load(std::vector<ModelText> texts, Schemas schemas) {
  LoadedModels all;
  ModelRoots roots;
  const IdKinds id_kinds = id_kinds_of(texts);
  for (auto& [collection, file, document, faults] : texts) {
    if (document.root != nullptr) {
      roots.emplace(file, document.root);
      Model model = read_collection(collection, *document.root, id_kinds, faults);
      if (faults.count() == 0) all.models.push_back(std::move(model));
    }
    for (auto& fault : faults.take()) all.faults.push_back(std::move(fault));
  }
  std::sort(all.models.begin(), all.models.end(),
            [](const Model& a, const Model& b) { return std::tie(a.name, a.file) < std::tie(b.name, b.file); });
  check_together(roots, all);
  check_storage(roots, schemas, all);
  put_in_order(all.faults);
  return all;
}

}  // namespace

std::string ModelFault::text() const {
  if (mark.line == 0) return file + ": " + message;
  return fmt::format("{}:{}:{}: {}", file, mark.line, mark.column, message);
}

LoadedModels load_models(const fs::path& folder, const std::string& shown_folder, Schemas schemas) {
  std::error_code error;
  const auto files = model_files(folder, error);
  std::vector<ModelText> texts;
  for (const auto& file : files) {
    texts.push_back(parse(file.stem().string(), shown_folder + "/" + file.filename().string(), read_file(file)));
  }
  LoadedModels loaded = load(std::move(texts), schemas);
  if (error) {
    loaded.faults.push_back(
        {shown_folder,
         {},
         fmt::format("the folder of models cannot be read ({}). Make it, or name another one with `--models`.", error.message())});
  } else if (files.empty()) {
    loaded.faults.push_back({shown_folder, {}, "there is no model in this folder. Write one, for example `items.yaml`."});
  }
  return loaded;
}

LoadedModels load_model_texts(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<ModelText> texts;
  for (const auto& [collection, yaml] : files) texts.push_back(parse(collection, "models/" + collection + ".yaml", yaml));
  return load(std::move(texts), Schemas::kKept);
}

LoadedModels load_model_text(const std::string& collection, const std::string& yaml) {
  return load_model_texts({{collection, yaml}});
}

}  // namespace holdfast
