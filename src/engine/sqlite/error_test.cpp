#include "engine/sqlite/error.h"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace holdfast;

TEST_CASE("sqlite: out of room is what the disk says of writing, for three reasons, and never of syncing", "[engine]") {
  CHECK(sqlite::is_out_of_room(SQLITE_FULL, 0));
  for (const int reason : {ENOSPC, EDQUOT, EROFS}) {
    INFO("errno " << reason);
    for (const int code : {SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMOPEN, SQLITE_CANTOPEN}) {
      CHECK(sqlite::is_out_of_room(code, reason));
    }
    for (const int code : {SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ, SQLITE_CORRUPT}) {
      CHECK_FALSE(sqlite::is_out_of_room(code, reason));
    }
  }
  for (const int reason : {0, EIO, EACCES, EBADF}) {
    INFO("errno " << reason);
    for (const int code : {SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMOPEN, SQLITE_CANTOPEN}) {
      CHECK_FALSE(sqlite::is_out_of_room(code, reason));
    }
  }
}
