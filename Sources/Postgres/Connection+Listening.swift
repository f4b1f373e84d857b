extension Connection {
  /// Waits until the server has passed on a notification of a channel that this session listens to.
  ///
  /// Says whether one came in time. The session is of no use to others meanwhile.
  package func waitForNotification(atMost limit: Duration) throws(PostgresError) -> Bool {
    try handle.waitForNotification(atMost: limit)
  }
}
