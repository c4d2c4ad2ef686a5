#pragma once
// A look at a database file from outside, without becoming its server: for `doctor`. Writes nothing into the file. Blocking; any thread.

#include <cstdint>
#include <filesystem>
#include <string>

namespace holdfast::sqlite {

struct Inspection {
  bool exists = false;
  std::string owner;        // of the lock: "pid 4121, started 14:02, 127.0.0.1:8080"; empty: no server holds the file
  std::string fault;        // why it cannot be served, as far as can be seen; empty: it opens and its structure is sound
  std::int64_t format = 0;  // of `_hf_meta`; 0: not made by holdfast
  std::uintmax_t bytes = 0;
};

// Reads the whole file once (`pragma quick_check`): seconds a gigabyte.
Inspection inspect(const std::filesystem::path& file);

}  // namespace holdfast::sqlite
