#include "engine/sqlite/testing/recorded_life.h"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>

#include "engine/sqlite/connection.h"
#include "model/record_json.h"

namespace holdfast::testing {
namespace {

using Values = std::vector<std::pair<std::string, Value>>;
using Gate = CrashFileSystem::Gate;

std::string shown(const Value& id) {
  const auto* text = std::get_if<std::string>(&id.alternatives());
  return text != nullptr ? *text : fmt::format("{}", id.integer());
}

std::string described(const Model& model, const Record& record) {
  std::string json;
  append_json(json, model, record);
  return fmt::format("{} {}", record.revision, json);
}

Contents kept_answers(CrashClient& client) {
  return client.rows("select 'key ' || collection || ' ' || key, id || ' ' || rev || ' ' || json from _hf_idempotency");
}

Contents described(const Catalog& catalog, const std::map<std::string, std::map<std::string, Record>>& records, Contents keys) {
  for (const auto& [name, of_name] : records) {
    for (const auto& [id, record] : of_name) keys[name + " " + id] = described(*catalog.find(name), record);
  }
  return keys;
}

}  // namespace

Catalog crash_catalog() {
  return catalog_of({
      {"shelves", "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 50, unique: true }\n  room: { type: string }\n"},
      {"items",
       "type: object\nid: text\nproperties:\n  name: { type: string }\n  text: { type: string }\n  size: { type: integer }\n"
       "  tags: { type: array, items: { type: string, maxLength: 20 } }\n  shelf: { ref: shelves, onDelete: cascade }\n"
       "indexes: [[size], [tags]]\nsearch: { fields: [name, text], language: simple }\n"},
      {"notes", "type: object\nid: integer\nproperties:\n  text: { type: string }\n  item: { ref: items, onDelete: setNull }\n"},
  });
}

CrashClient::CrashClient(const sqlite::Options& options, const Catalog& models) : catalog(models) {
  engine = sqlite::open(options, catalog, clock);
  store = engine->attach(loop);
  other = sqlite::open_database(options, sqlite::Role::kWriter);
}

CrashClient::~CrashClient() {
  other.reset();
  engine->close();
  store.reset();
}

std::map<std::string, Record> CrashClient::records(const Model& model) {
  ListPlan plan;
  plan.model = &model;
  plan.sort = {{0, false}};
  plan.limit = 1'000'000;
  const Result<Listing> listing = run(loop, store->list(plan));
  if (!listing) throw std::runtime_error(listing.error().detail);
  std::map<std::string, Record> found;
  for (const Record& record : listing->records) found.emplace(shown(record.values[0]), record);
  return found;
}

Contents CrashClient::contents() {
  std::map<std::string, std::map<std::string, Record>> all;
  for (const Model& model : catalog.models()) all[model.name] = records(model);
  return described(catalog, all, kept_answers(*this));
}

Contents CrashClient::rows(const std::string& statement) {
  const sqlite::PreparedStatement select = sqlite::prepare(other.get(), statement, false);
  int code = select ? SQLITE_OK : SQLITE_ERROR;
  Contents found;
  while (select && (code = sqlite3_step(select.get())) == SQLITE_ROW) {
    const auto text = [&](int column) {
      const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(select.get(), column));
      return std::string(value == nullptr ? "" : value);
    };
    found[text(0)] = text(1);
  }
  if (code != SQLITE_DONE) throw std::runtime_error(fmt::format("{}: {}", statement, sqlite3_errmsg(other.get())));
  return found;
}

RecordedLife::RecordedLife(CrashFileSystem& system, sqlite::Options options, const Catalog& catalog, std::uint64_t seed)
    : system_(system), options_(std::move(options)), catalog_(catalog), random_(seed), generation_(random_.next() % 1'000'000) {
  history_.push_back({0, {}});
  open();
  history_.front().contents = history_.back().contents;  // what is mounted is there from the first operation on
}

RecordedLife::~RecordedLife() {
  close();
}

// What is found counts as acknowledged from now on.
void RecordedLife::open() {
  client_ = std::make_unique<CrashClient>(options_, catalog_);
  if (!cursor_key_) {
    cursor_key_ = client_->engine->cursor_key();
    opened_ = system_.operations();
  }
  for (const Model& model : catalog_.models()) records_[model.name] = client_->records(model);
  keys_ = kept_answers(*client_);
  acknowledge();
}

void RecordedLife::close() {
  system_.open_gate(Gate::kWrite);
  system_.open_gate(Gate::kCheckpoint);
  client_.reset();
}

bool RecordedLife::restart() {
  close();
  try {
    open();
  } catch (const StartupError&) {
    return false;
  }
  return true;
}

Recording RecordedLife::recording(Files start) const {
  return {std::move(start), system_.log(), history_, cursor_key_, opened_};
}

void RecordedLife::acknowledge() {
  history_.push_back({system_.operations(), described(catalog_, records_, keys_)});
}

bool RecordedLife::write_group() {
  std::vector<WritePlan> plans;
  const std::size_t count = random_.chance(5) ? random_.between(40, 120) : random_.between(1, 6);
  for (std::size_t i = 0; i < count; ++i) plans.push_back(random_plan());
  std::vector<std::optional<Result<Written>>> answers(plans.size());
  send_group(plans, answers);
  bool acknowledged = false;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!answers[i]) throw std::logic_error("a write was never answered");
    if (answers[i]->has_error()) continue;
    note(plans[i], **answers[i]);
    acknowledged = true;
  }
  if (acknowledged) acknowledge();
  return acknowledged;
}

// A first write that changes nothing takes the writer to the gate, behind its last checkpoint; the next checkpoint waits until the answers
// were noted.
void RecordedLife::send_group(const std::vector<WritePlan>& plans, std::vector<std::optional<Result<Written>>>& answers) {
  const auto send = [this](const WritePlan& plan, std::optional<Result<Written>>& answer) {
    asio::co_spawn(client_->loop, client_->store->write(plan),
                   [&answer](std::exception_ptr, Result<Written> written) { answer = std::move(written); });
  };
  std::optional<Result<Written>> knocked;
  system_.close_gate(Gate::kWrite);
  system_.open_gate(Gate::kCheckpoint);
  client_->loop.restart();
  send(plan_for("shelves", WritePlan::Kind::kRemove, text("nobody")), knocked);
  while (!system_.holds_at(Gate::kWrite) && !knocked) {
    client_->loop.poll();
    std::this_thread::yield();
  }
  system_.close_gate(Gate::kCheckpoint);
  client_->loop.restart();
  for (std::size_t i = 0; i < plans.size(); ++i) send(plans[i], answers[i]);
  client_->loop.poll();
  system_.open_gate(Gate::kWrite);
  client_->loop.run();
}

void RecordedLife::note(const WritePlan& plan, const Written& written) {
  if (written.replayed) return;
  const std::string& collection = plan.model->name;
  if (plan.kind == WritePlan::Kind::kRemove) {
    if (collection == "shelves") note_shelf_removal(shown(plan.id));
    if (collection == "items") note_item_removal(shown(plan.id));
    records_[collection].erase(shown(plan.id));
    return;
  }
  const Record& after = *written.after;
  records_[collection].insert_or_assign(shown(after.values[0]), after);
  if (!plan.idempotency) return;
  const std::string json = described(*plan.model, after);  // revision and JSON
  keys_[fmt::format("key {} {}", collection, plan.idempotency->key)] = fmt::format("{} {}", shown(after.values[0]), json);
}

// Its items go too.
void RecordedLife::note_shelf_removal(const std::string& shelf) {
  const std::size_t on_shelf = catalog_.find("items")->ordinal("shelf").value();
  std::vector<std::string> items;
  for (const auto& [id, item] : records_["items"]) {
    if (item.values[on_shelf] == text(shelf)) items.push_back(id);
  }
  for (const std::string& item : items) {
    note_item_removal(item);
    records_["items"].erase(item);
  }
}

// Notes about it are about nothing.
void RecordedLife::note_item_removal(const std::string& item) {
  const std::size_t about = catalog_.find("notes")->ordinal("item").value();
  for (auto& [id, note] : records_["notes"]) {
    if (note.values[about] != text(item)) continue;
    note.values[about] = Value(Null{});
    ++note.revision;
  }
}

WritePlan RecordedLife::plan_for(const std::string& collection, WritePlan::Kind kind, Value id) const {
  WritePlan plan;
  plan.model = catalog_.find(collection);
  plan.kind = kind;
  plan.id = std::move(id);
  plan.now = client_->clock.time;
  return plan;
}

// Some of them fail: a name that is taken, a shelf or an item that is not there.
WritePlan RecordedLife::random_plan() {
  if (!keyed_.empty() && random_.chance(4)) return random_.pick(keyed_);
  const std::size_t lot = random_.below(100);
  WritePlan plan = lot < 15   ? create_shelf()
                   : lot < 45 ? create_item()
                   : lot < 58 ? create_note()
                   : lot < 85 ? change_item()
                              : remove_something();
  if (plan.kind != WritePlan::Kind::kCreate || random_.chance(60)) return plan;
  plan.idempotency = Idempotency{fmt::format("k{}-{}", generation_, ++made_), "same"};
  keyed_.push_back(plan);
  return plan;
}

WritePlan RecordedLife::create_shelf() {
  const std::string id = fmt::format("s{}-{}", generation_, ++made_);
  return create_plan(*catalog_.find("shelves"), text(id),
                     {{"name", text(fmt::format("shelf {}", random_.below(60)))}, {"room", text(words())}}, client_->clock.time);
}

WritePlan RecordedLife::create_item() {
  const std::string id = fmt::format("i{}-{}", generation_, ++made_);
  return create_plan(*catalog_.find("items"), text(id),
                     {{"name", text(words())},
                      {"text", text(words() + std::string(random_.chance(10) ? random_.below(12'000) : random_.below(300), 'x'))},
                      {"size", integer(static_cast<std::int64_t>(random_.below(50)))},
                      {"tags", texts({fmt::format("t{}", random_.below(9)), fmt::format("t{}", random_.below(9))})},
                      {"shelf", any_id("shelves")}},
                     client_->clock.time);
}

WritePlan RecordedLife::create_note() {
  return create_plan(*catalog_.find("notes"), Value(), {{"text", text(words())}, {"item", any_id("items")}}, client_->clock.time);
}

WritePlan RecordedLife::change_item() {
  WritePlan plan = plan_for("items", WritePlan::Kind::kPatch, any_id("items"));
  const auto set = [&](const char* field, Value value) { plan.values[plan.model->ordinal(field).value()] = std::move(value); };
  plan.values.assign(plan.model->fields.size(), Value());
  set("size", integer(static_cast<std::int64_t>(random_.below(50))));
  if (random_.chance(50)) set("name", text(words()));
  if (random_.chance(30)) set("tags", texts({fmt::format("t{}", random_.below(9))}));
  if (random_.chance(20)) set("shelf", any_id("shelves"));
  return plan;
}

WritePlan RecordedLife::remove_something() {
  static const std::vector<std::string> kCollections{"shelves", "shelves", "items", "notes"};
  const std::string& collection = random_.pick(kCollections);
  if (collection == "notes" && records_["notes"].empty()) return plan_for(collection, WritePlan::Kind::kRemove, integer(1));
  return plan_for(collection, WritePlan::Kind::kRemove, any_id(collection));
}

std::string RecordedLife::words() {
  std::string out;
  for (std::size_t i = random_.between(1, 6); i > 0; --i) out += fmt::format("word{} ", random_.below(200));
  return out;
}

Value RecordedLife::any_id(const std::string& collection) {
  const std::map<std::string, Record>& known = records_[collection];
  if (known.empty() || (collection != "notes" && random_.chance(5))) return text("nowhere");
  auto at = known.begin();
  std::advance(at, random_.below(known.size()));
  return at->second.values[0];
}

}  // namespace holdfast::testing
