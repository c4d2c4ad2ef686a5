// An application that reads and writes Holdfast's tables with the client that Prisma generated from them. `node prisma_shop.mjs STEP [JSON]`.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/index.js';

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }, { schema: process.env.SCHEMA }) });

const steps = {
  async read() {
    return prisma.orders.findMany({ orderBy: { number: 'asc' }, include: { customers: true } });
  },
  async dear(least) {
    return (await prisma.orders.findMany({ where: { total: { gte: least } }, orderBy: { number: 'asc' } })).map((one) => Number(one.number));
  },
  async create(order) {
    const now = new Date('2024-05-06T07:08:09.123Z');
    return prisma.orders.create({ data: { ...order, created_at: now, updated_at: now } });
  },
  async change([id, total]) {
    return prisma.orders.update({ where: { id }, data: { total } });
  },
};

const [, , step, argument] = process.argv;
const seen = await steps[step](argument && JSON.parse(argument));
process.stdout.write(JSON.stringify(seen, (_, value) => (typeof value === 'bigint' ? Number(value) : value)) + '\n');
await prisma.$disconnect();
