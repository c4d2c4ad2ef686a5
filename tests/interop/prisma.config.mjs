// Prisma without its downloaded engines: schema engine and query compiler are WebAssembly, the driver is pg. Environment: DATABASE_URL, SCHEMA.
//
// Introspection asks the catalogue, whose types "char" and name the adapter of 6.19 does not know: a name is a text, a "char" one character.
// (As a text it ends the engine with `unreachable` as soon as a table has a CHECK constraint.)
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import { defineConfig } from 'prisma/config';

const CHAR = 18, NAME = 19, TEXT = 25; // OIDs

function readingTheCatalogue(adapter) {
  const places = new WeakMap(); // query → where its answer has a "char"
  const { performIO, queryRaw } = adapter;
  adapter.performIO = async function (query) {
    const answer = await performIO.call(this, query);
    places.set(query, answer.fields.map((field) => field.dataTypeID === CHAR));
    for (const field of answer.fields) if ([CHAR, NAME].includes(field.dataTypeID)) field.dataTypeID = TEXT;
    return answer;
  };
  adapter.queryRaw = async function (query) {
    const answer = await queryRaw.call(this, query);
    places.get(query).forEach((is, place) => { if (is) answer.columnTypes[place] = ColumnTypeEnum.Character; });
    return answer;
  };
  return adapter;
}

class Catalogue extends PrismaPg {
  async connect() {
    return readingTheCatalogue(await super.connect());
  }
}

export default defineConfig({
  schema: 'schema.prisma',
  engine: 'js',
  experimental: { adapter: true },
  adapter: async () => new Catalogue({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 100 }, { schema: process.env.SCHEMA }),
});
