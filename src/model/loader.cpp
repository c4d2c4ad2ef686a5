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
#include "model/loader_yaml.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

LoadedModels load_text(const std::string& name, const std::string& file, std::string_view text) {
  LoadedModels loaded;
  FaultList faults(file);
  const YamlDocument document = parse_yaml(text);
  for (const auto& fault : document.faults) faults.add(fault.mark, fault.message);
  if (!is_collection_name(name)) {
    faults.add(
        {1, 1},
        fmt::format("`{}` cannot name a collection: a lower-case letter first, then lower-case letters, digits and `-`, at most 60 in all. "
                    "Rename the file.",
                    name));
  }
  if (document.root != nullptr) {
    Model model = read_collection(name, *document.root, faults);
    if (faults.count() == 0) loaded.models.push_back(std::move(model));
  }
  loaded.faults = faults.take();
  return loaded;
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

LoadedModels load_file(const fs::path& path, const std::string& shown) {
  const auto text = read_file(path);
  if (text) return load_text(path.stem().string(), shown, *text);
  LoadedModels unreadable;
  unreadable.faults.push_back({shown, {1, 1}, "the file cannot be read. Check that it is a file, and its permissions."});
  return unreadable;
}

// What no file can know alone.
void check_together(LoadedModels& all) {
  std::map<std::string, const Model*> names;
  std::map<std::pair<std::string, std::string>, const Model*> tables;
  for (const auto& model : all.models) {
    const auto [twin, fresh_name] = names.emplace(model.name, &model);
    if (!fresh_name) {
      all.faults.push_back(
          {model.file, {1, 1}, fmt::format("{} describes the same collection. Keep one of the two files.", twin->second->file)});
      continue;
    }
    const auto [other, fresh_table] = tables.emplace(std::pair(folded(model.schema), folded(model.table)), &model);
    if (!fresh_table) {
      all.faults.push_back(
          {model.file,
           {1, 1},
           fmt::format("{} is stored in the table `{}` too. Name another one with `table:`.", other->second->file, model.table)});
    }
  }
  for (const auto& model : all.models) {
    if (model.was.empty() || !names.contains(model.was)) continue;
    all.faults.push_back({model.file,
                          {1, 1},
                          fmt::format("`{}` is still a collection, so `{}` cannot be its new name. Take `was` or the other file away.",
                                      model.was, model.name)});
  }
}

}  // namespace

std::string ModelFault::text() const {
  if (mark.line == 0) return file + ": " + message;
  return fmt::format("{}:{}:{}: {}", file, mark.line, mark.column, message);
}

LoadedModels load_models(const fs::path& folder, const std::string& shown_folder) {
  LoadedModels all;
  std::error_code error;
  const auto files = model_files(folder, error);
  if (error) {
    all.faults.push_back(
        {shown_folder,
         {},
         fmt::format("the folder of models cannot be read ({}). Make it, or name another one with `--models`.", error.message())});
  } else if (files.empty()) {
    all.faults.push_back({shown_folder, {}, "there is no model in this folder. Write one, for example `items.yaml`."});
  }
  for (const auto& file : files) {
    LoadedModels one = load_file(file, shown_folder + "/" + file.filename().string());
    std::move(one.models.begin(), one.models.end(), std::back_inserter(all.models));
    std::move(one.faults.begin(), one.faults.end(), std::back_inserter(all.faults));
  }
  std::sort(all.models.begin(), all.models.end(),
            [](const Model& a, const Model& b) { return std::tie(a.name, a.file) < std::tie(b.name, b.file); });
  check_together(all);
  put_in_order(all.faults);
  return all;
}

LoadedModels load_model_texts(const std::vector<std::pair<std::string, std::string>>& files) {
  LoadedModels all;
  for (const auto& [collection, yaml] : files) {
    LoadedModels one = load_text(collection, "models/" + collection + ".yaml", yaml);
    std::move(one.models.begin(), one.models.end(), std::back_inserter(all.models));
    std::move(one.faults.begin(), one.faults.end(), std::back_inserter(all.faults));
  }
  check_together(all);
  put_in_order(all.faults);
  return all;
}

LoadedModels load_model_text(const std::string& collection, const std::string& yaml) {
  LoadedModels loaded = load_text(collection, "models/" + collection + ".yaml", yaml);
  put_in_order(loaded.faults);
  return loaded;
}

}  // namespace holdfast
