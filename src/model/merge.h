#pragma once
// A patch of one field onto what is stored (RFC 7396; models.md, "Null"): objects and free-form JSON are merged, everything else is
// replaced. Patches are values of a Draft of BodyMode::kPatch.

#include <string>
#include <vector>

#include "base/error.h"
#include "model/field.h"

namespace holdfast {

// What is stored afterwards. An Absent patch changes nothing; one of a null object makes it anew, with defaults where it says nothing.
Value merged(const Field& field, const Value& stored, const Value& patch);

// Appends `required` for the members that would be missing afterwards in the objects that the patch touches.
void check_required(const Field& field, const std::string& pointer, const Value& stored, const Value& patch,
                    std::vector<FieldError>& errors);

}  // namespace holdfast
