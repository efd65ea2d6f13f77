/** What follows for people from a cluster that does not answer; beside each profile of it the hub says the same. */
export const AWAY_WORDS =
  "Running sessions go on. What waits to be sent is sent when it is back, and new ones can be launched here again then.";
