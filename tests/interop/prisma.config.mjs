// Prisma without its downloaded engines: schema engine and query compiler are WebAssembly, the driver is pg. Environment: DATABASE_URL, SCHEMA.
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { defineConfig } from 'prisma/config';

// The catalogue's own types `char` and `name`, which the adapter does not know, read as text.
const TEXT = 25;
const CATALOGUE_TYPES = [18, 19];

class CataloguePool extends pg.Pool {
  async query(...asked) {
    const answer = await super.query(...asked);
    for (const field of answer?.fields ?? []) if (CATALOGUE_TYPES.includes(field.dataTypeID)) field.dataTypeID = TEXT;
    return answer;
  }
}

export default defineConfig({
  schema: 'schema.prisma',
  engine: 'js',
  experimental: { adapter: true },
  adapter: async () => new PrismaPg(new CataloguePool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 100 }),
    { schema: process.env.SCHEMA, disposeExternalPool: true }),
});
