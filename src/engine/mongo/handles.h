#pragma once
// libmongoc's and libbson's handles, each wrapped once. Nothing outside engine/mongo sees them.

#include <bson/bson.h>
#include <mongoc/mongoc.h>

#include <memory>
#include <utility>

namespace holdfast::mongo {

// One BSON document. bson_t is over-aligned, so unique_ptr will not hold it without a warning.
class Document {
 public:
  Document() : document_(bson_new()) {}
  explicit Document(bson_t* owned) noexcept : document_(owned) {}
  ~Document() {
    if (document_ != nullptr) bson_destroy(document_);
  }
  Document(Document&& other) noexcept : document_(std::exchange(other.document_, nullptr)) {}
  Document& operator=(Document&& other) noexcept {
    std::swap(document_, other.document_);
    return *this;
  }

  bson_t* get() noexcept { return document_; }
  const bson_t* get() const noexcept { return document_; }

 private:
  bson_t* document_;
};

// A place in a document. As an argument of a template the bare typedef bson_iter_t would lose its alignment.
struct Place {
  bson_iter_t at;
};

struct ClientCloser {
  void operator()(mongoc_client_t* client) const noexcept { mongoc_client_destroy(client); }
};
using Client = std::unique_ptr<mongoc_client_t, ClientCloser>;

struct CollectionCloser {
  void operator()(mongoc_collection_t* collection) const noexcept { mongoc_collection_destroy(collection); }
};
using Collection = std::unique_ptr<mongoc_collection_t, CollectionCloser>;

struct CursorCloser {
  void operator()(mongoc_cursor_t* cursor) const noexcept { mongoc_cursor_destroy(cursor); }
};
using Cursor = std::unique_ptr<mongoc_cursor_t, CursorCloser>;

struct UriCloser {
  void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
};
using Uri = std::unique_ptr<mongoc_uri_t, UriCloser>;

// Initialises the driver once a process; hold it as long as anything of it is used.
class Driver {
 public:
  Driver();
};

}  // namespace holdfast::mongo
