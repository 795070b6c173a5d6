CREATE TABLE seeded (n int);
