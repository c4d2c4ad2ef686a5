import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;

/** Serves MongoDB's protocol on 127.0.0.1 from a file, until it is ended. Arguments: file, port. */
public final class StandIn {
  public static void main(String[] arguments) {
    MongoServer server = new MongoServer(new H2Backend(arguments[0]));
    server.bind("127.0.0.1", Integer.parseInt(arguments[1]));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
  }
}
