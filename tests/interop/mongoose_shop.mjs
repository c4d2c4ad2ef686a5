// An application that keeps its shop in MongoDB with Mongoose. `node mongoose_shop.mjs URI STEP [JSON]` does one step and prints what it saw.
import mongoose from 'mongoose';

const { Schema } = mongoose;
const bookkeeping = { _hf: { type: Object, select: false } }; // Holdfast's own, as docs/semantics.md says
const User = mongoose.model('User', new Schema(
  { name: { type: String, required: true }, email: { type: String, unique: true }, ...bookkeeping },
  { timestamps: true, collection: 'users' }));
const Item = mongoose.model('Item', new Schema(
  {
    name: { type: String, required: true },
    description: String,
    price: Number,
    category: { type: String, enum: ['electronique', 'vetement', 'livre', 'autre'] },
    tags: [String],
    isActive: { type: Boolean, default: true },
    owner: { type: Schema.Types.ObjectId, ref: 'User' },
    address: { city: String, zip: Number },
    seenAt: Date,
    shelf: String, // no word of it in Holdfast's model
    ...bookkeeping,
  },
  { timestamps: true, collection: 'items' }));

const steps = {
  async fill() {
    const ann = await User.create({ name: 'Ann', email: 'ann@example.com' });
    await Item.create([
      { name: 'Clavier', description: 'Un clavier mécanique', price: 89.9, category: 'electronique', tags: ['usb', 'azerty'], owner: ann, shelf: 'A1',
        address: { city: 'Bern', zip: 3011 }, seenAt: new Date('2024-02-29T12:00:00.123Z') },
      { name: 'Écharpe', price: 1e6, category: 'vetement', tags: [], isActive: false, shelf: 'B2' },
      { name: 'Livre 😀', price: 0.1, category: 'livre' },
    ], { ordered: true });
    await Item.collection.insertOne({ name: 'Nu', price: 3, category: 'autre', createdAt: new Date(0), updatedAt: new Date(0) }); // what an older version left
    return steps.read();
  },
  async add(name) {
    return (await Item.create({ name, description: 'Une souris optique' })).toObject();
  },
  async read() {
    return { users: await User.find().sort({ name: 1 }).lean(), items: await Item.find().sort({ name: 1 }).lean() };
  },
  async raw() {
    return Item.collection.find().sort({ name: 1 }).toArray();
  },
  async populated(id) {
    const item = await Item.findById(id).populate('owner');
    return { owner: item.owner.name, price: typeof item.price, tags: Array.isArray(item.tags), created: item.createdAt instanceof Date,
      shows: Object.keys(item.toObject()).sort() };
  },
  async change(id) {
    const item = await Item.findById(id);
    item.tags.push('changed');
    item.price = 12.34;
    await item.save();
    return item.toObject();
  },
  async stale(id) { // reads, waits for Holdfast to change the array, saves over it
    const item = await Item.findById(id);
    process.stdout.write('read\n');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    item.tags.set(0, 'mine');
    return item.save().then(() => 'saved', (error) => error.name);
  },
  async spoil(id) {
    await Item.collection.updateOne({ _id: new mongoose.Types.ObjectId(id) }, { $set: { price: 'dear' } });
    return null;
  },
};

const [, , uri, step, argument] = process.argv;
await mongoose.connect(uri);
for (const model of [User, Item]) await model.init();
const seen = await steps[step](argument && JSON.parse(argument));
process.stdout.write(JSON.stringify(seen) + '\n');
await mongoose.disconnect();
