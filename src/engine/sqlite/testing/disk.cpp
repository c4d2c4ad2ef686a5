#include "engine/sqlite/testing/disk.h"

#include <algorithm>
#include <cstring>

namespace holdfast::testing {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::ptrdiff_t kNoFile = -1;

// One cut is of one temper, so that the rare extremes (all there, nothing there, one write missing) are met often.
struct Fate {
  const char* name;
  std::size_t kept, torn;  // in a hundred
};
constexpr Fate kFates[] = {{"all kept", 100, 0}, {"all lost", 0, 0},   {"half lost", 50, 0}, {"few lost", 92, 0},
                           {"few kept", 8, 0},   {"all torn", 0, 100}, {"few torn", 85, 15}, {"anything", 34, 33}};

struct Cut {
  explicit Cut(Random& chance)
      : random(chance),
        fate(kFates[chance.below(std::size(kFates))]),
        reordered(chance.chance(50)),
        filler(chance.chance(50) ? '\0' : static_cast<char>(chance.below(256))) {}

  Random& random;
  const Fate& fate;
  bool reordered;
  char filler;  // what stands where a file has grown without its bytes
};

void put(std::string& content, const Operation& write, std::uint64_t from, std::uint64_t to, char filler) {
  if (content.size() < to) content.resize(to, filler);
  std::memcpy(content.data() + from, write.bytes.data() + (from - write.offset), to - from);
}

void apply_whole(std::string& content, const Operation& operation) {
  if (operation.kind == Operation::Kind::kTruncate) {
    content.resize(operation.offset, '\0');
  } else {
    put(content, operation, operation.offset, operation.offset + operation.bytes.size(), '\0');
  }
}

void apply_torn(std::string& content, const Operation& write, Cut& cut) {
  const std::uint64_t end = write.offset + write.bytes.size();
  for (std::uint64_t from = write.offset; from < end;) {
    const std::uint64_t to = std::min(end, (from / kSector + 1) * kSector);
    if (cut.random.chance(50)) put(content, write, from, to, cut.filler);
    from = to;
  }
}

void apply_by_chance(std::string& content, const Operation& operation, Cut& cut) {
  const std::size_t lot = cut.random.below(100);
  if (lot < cut.fate.kept) return apply_whole(content, operation);
  if (operation.kind == Operation::Kind::kTruncate) return;
  if (lot < cut.fate.kept + cut.fate.torn) return apply_torn(content, operation, cut);
  const std::uint64_t end = operation.offset + operation.bytes.size();
  if (content.size() < end && cut.random.chance(50)) content.resize(end, cut.filler);
}

std::string what_is_left(const std::string& synced, std::vector<const Operation*> unsynced, Cut& cut) {
  if (cut.reordered) {
    for (std::size_t i = unsynced.size(); i > 1; --i) std::swap(unsynced[i - 1], unsynced[cut.random.below(i)]);
  }
  std::string content = synced;
  for (const Operation* operation : unsynced) apply_by_chance(content, *operation, cut);
  return content;
}

// Changes of one name come in their order; those of different names do not.
std::ptrdiff_t what_is_named(const std::vector<std::ptrdiff_t>& changes, Cut& cut) {
  if (cut.fate.kept == 100) return changes.back();
  if (cut.fate.kept == 0 && cut.fate.torn == 0) return changes.front();
  return changes[cut.random.below(changes.size())];
}

}  // namespace

Disk::Disk(const Files& files) {
  for (const auto& [name, content] : files) {
    names_[name] = {static_cast<std::ptrdiff_t>(files_.size())};
    files_.push_back({content, {}});
  }
}

void Disk::apply(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::kCreate:
      if (files_.size() <= operation.file) files_.resize(operation.file + 1);
      names_.try_emplace(operation.name, 1, kNoFile).first->second.push_back(static_cast<std::ptrdiff_t>(operation.file));
      return;
    case Operation::Kind::kUnlink:
      names_.at(operation.name).push_back(kNoFile);
      return;
    case Operation::Kind::kWrite:
    case Operation::Kind::kTruncate:
      files_.at(operation.file).unsynced.push_back(&operation);
      return;
    case Operation::Kind::kSync: {
      File& file = files_.at(operation.file);
      for (const Operation* unsynced : file.unsynced) apply_whole(file.synced, *unsynced);
      file.unsynced.clear();
      return;
    }
    case Operation::Kind::kFailedSync:
      files_.at(operation.file).unsynced.clear();
      return;
    case Operation::Kind::kSyncFolder:
      for (auto& [name, changes] : names_) changes = {changes.back()};
      return;
  }
}

bool Disk::has_unsynced(const std::string& name) const {
  const auto at = names_.find(name);
  return at != names_.end() && at->second.back() != kNoFile && !files_[static_cast<std::size_t>(at->second.back())].unsynced.empty();
}

Files Disk::synced() const {
  Files files;
  for (const auto& [name, stands_for] : names_) {
    if (stands_for.front() >= 0) files[name] = files_[static_cast<std::size_t>(stands_for.front())].synced;
  }
  return files;
}

Files Disk::after_power_cut(Random& random) const {
  Cut cut(random);
  Files files;
  for (const auto& [name, changes] : names_) {
    const std::ptrdiff_t number = what_is_named(changes, cut);
    if (number == kNoFile) continue;
    const File& file = files_[static_cast<std::size_t>(number)];
    files[name] = what_is_left(file.synced, file.unsynced, cut);
  }
  return files;
}

std::string Disk::fate(Random random) {
  const Cut cut(random);
  return std::string(cut.fate.name) + (cut.reordered ? ", out of order" : "");
}

}  // namespace holdfast::testing
