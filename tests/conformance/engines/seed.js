db.seeded.insertOne({ n: 1 });
