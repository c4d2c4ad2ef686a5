#pragma once
// Filter text into tokens. Knows no field and no grammar. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct FilterToken {
  enum class Kind : std::uint8_t {
    kWord,    // a field or a keyword
    kNumber,  // of the JSON grammar
    kString,
    kSymbol,  // = != > >= < <= ( ) ,
    kEnd,
    kFault,  // nothing can be read from here on
  };

  Kind kind = Kind::kEnd;
  std::string_view source;  // as written, quotes included
  std::string text;         // kString: between the quotes, '' read as '; kFault: what is wrong, one sentence
  std::size_t offset = 0;   // bytes before the token
};

// Ends with kEnd or kFault. The tokens point into `text`.
std::vector<FilterToken> read_filter_tokens(std::string_view text);

}  // namespace holdfast
