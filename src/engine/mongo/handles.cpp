#include "engine/mongo/handles.h"

#include <mutex>

namespace holdfast::mongo {

Driver::Driver() {
  static std::once_flag once;
  std::call_once(once, [] { mongoc_init(); });
}

}  // namespace holdfast::mongo
