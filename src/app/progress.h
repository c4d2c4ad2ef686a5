#pragma once
// How far a long command is, told on stderr: a bar that is drawn over on a terminal, else a line every ten percent.
//
// Belongs to one thread. Cost: update() writes only when there is something new to see.

#include <cstdint>
#include <iosfwd>
#include <string>

namespace holdfast {

class Progress {
 public:
  // `label` stands before the numbers. `out` outlives this.
  Progress(std::ostream& out, bool terminal, std::string label);
  // Ends the line of the bar.
  ~Progress();

  // `of` may be 0: then there is nothing to do, and nothing to tell.
  void update(std::int64_t done, std::int64_t of);

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  std::ostream& out_;
  bool terminal_;
  std::string label_;
  std::int64_t shown_ = -1;  // percent
};

}  // namespace holdfast
