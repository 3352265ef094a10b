/** Thrown by a row about something that this Node, or this machine, does not have. */
export class Absent extends Error {}
