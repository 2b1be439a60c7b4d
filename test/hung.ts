/**
 * A suite that runs this long hangs, in milliseconds. How long a step may take is for the step to say: a limit on a whole
 * suite only says how fast the machine is.
 */
export const HUNG = 600_000;
