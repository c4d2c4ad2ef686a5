#pragma once
// `<database>.lock`: says that a server holds the database, and which. Freed by the kernel when its owner dies.

#include <string>
#include <string_view>

#include "engine/sqlite/engine.h"

namespace holdfast::sqlite {

class LockFile {
 public:
  // StartupError (69) naming the owner when another process holds it, or when the folder is not writable.
  LockFile(const Options& options, Milliseconds now);
  ~LockFile();

  // Adds where the owner serves.
  void name_owner(std::string_view address);

  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  int descriptor_;
  Milliseconds since_;
};

}  // namespace holdfast::sqlite
