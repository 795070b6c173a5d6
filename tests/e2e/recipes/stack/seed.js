db.seeded.insertMany([{ n: 1 }, { n: 2 }]);
