import { journalContract } from "./journal.contract.ts";
import { memoryJournal } from "./memory-journal.ts";

journalContract("memory", { create: async () => memoryJournal() });
