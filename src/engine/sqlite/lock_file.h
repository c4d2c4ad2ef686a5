#pragma once
// `<database>.lock`: says that a server holds the database, and which. Freed by the kernel when its owner dies.

#include <string>

#include "engine/sqlite/engine.h"

namespace holdfast::sqlite {

class LockFile {
 public:
  // StartupError (69) naming the owner when another process holds it, or when the folder is not writable.
  LockFile(const Options& options, Milliseconds now);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  int descriptor_;
};

}  // namespace holdfast::sqlite
