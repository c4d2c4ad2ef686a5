#pragma once
// Precompiled once for the whole build: the headers that dominate compile time. Nothing relies on it; every file includes what it uses.

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>
