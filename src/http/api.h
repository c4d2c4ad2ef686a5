#pragma once
// The API of one loop: routes a request, checks it in the order that the contract fixes (route, method, key, parameters, media type, body),
// asks the service, and makes the answer.

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/health.h"
#include "base/id.h"
#include "http/cors.h"
#include "http/message.h"
#include "http/router.h"
#include "service/resource_service.h"

namespace holdfast::http {

// The same for all loops; outlives them.
struct ApiSettings {
  std::string api_key;  // empty: everybody may call
  CorsPolicy cors;
  int json_depth = 64;
  std::size_t url_bytes = 8 * 1024;  // Limits::url_bytes: no cursor is given that would make a longer target
  std::function<Health()> health;    // draining, or the database; called on the loops
};

class Api final : public Handler {
 public:
  // All outlive this.
  Api(const ApiSettings& settings, const Catalog& catalog, const Planner& planner, Store& store, const Clock& clock);

  std::optional<Response> refuse(const Request& request) override;
  awaitable<Response> handle(const Request& request) override;

 private:
  // What is known of a request once everything before its body has been checked.
  struct Checked {
    Route route;
    std::vector<Parameter> parameters;
    WritePlan write;  // writes only: all but the body
  };

  Result<Checked> check(const Request& request) const;
  Result<void> check_key(const Request& request) const;
  Result<WritePlan> check_write(const Request& request, const Checked& checked) const;
  awaitable<Result<Response>> run(const Request& request, Checked& checked);
  Result<Response> own_answer(const Request& request, const Route& route) const;
  awaitable<Result<Response>> item(const Request& request, const Checked& checked);
  Result<ListPlan> plan_page(const Route& route, const std::vector<Parameter>& parameters) const;
  awaitable<Result<Response>> page(const Request& request, const Checked& checked);
  awaitable<Result<Response>> count(const Request& request, const Checked& checked);
  awaitable<Result<Response>> write(const Request& request, Checked& checked);
  Value new_id(const Model& model, Milliseconds now);
  Response ready(const Request& request) const;
  Response options(const Request& request, const Route& route) const;
  Response refusal(const Request& request, const Error& error) const;

  const ApiSettings& settings_;
  const Catalog& catalog_;
  const Planner& planner_;
  const Clock& clock_;
  ResourceService service_;
  IdSource ids_;
};

}  // namespace holdfast::http
