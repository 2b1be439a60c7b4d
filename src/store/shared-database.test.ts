import { sharedDatabaseContract } from "./shared-database.contract.ts";
import { MemoryDatabase } from "./testing/memory-database.ts";

const database = new MemoryDatabase();
sharedDatabaseContract("memory", { open: async () => database.door() });
