package io.loralake.jobs.crawl;

import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import io.loralake.source.site.Item;
import io.loralake.source.site.Offer;
import io.loralake.source.site.Page;
import io.loralake.source.site.SiteUri;
import io.loralake.source.site.Sites;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** What executors ask sites while a listing is made. A failure is a row with an error. */
final class SiteTasks {
  /** An item as a site tells it; {@code offers} empty when it is gone, null when not yet known. */
  static final StructType FOUND =
      new StructType()
          .add("key", StringType)
          .add("revision", StringType)
          .add("offers", createArrayType(CatalogColumns.OFFER))
          .add("error", StringType);

  /** A page, or the error in its place. */
  static final StructType PAGE =
      new StructType()
          .add("source", StringType)
          .add("crawl", StringType)
          .add("number", IntegerType)
          .add("items", createArrayType(FOUND))
          .add("next", StringType)
          .add("error", StringType);

  private SiteTasks() {}

  /** The next pages of a listing, at most {@code most}. */
  static Iterator<Row> pages(final SiteAccess access, final Place from, final int most) {
    return access.with(sites -> pages(access, sites, from, most));
  }

  private static Iterator<Row> pages(
      final SiteAccess access, final Sites sites, final Place from, final int most) {
    final List<Row> rows = new ArrayList<>();
    final SiteUri source = SiteUri.parse(from.source());
    String cursor = from.cursor();
    int number = from.number();
    for (int i = 0; i < most && !(i > 0 && access.isOver()); i++) {
      try {
        final Page page = sites.of(from.source()).page(source, cursor);
        final Row[] items =
            page.items().stream().map(item -> found(item, null)).toArray(Row[]::new);
        rows.add(RowFactory.create(from.source(), from.crawl(), number, items, page.next(), null));
        if (page.next() == null) {
          break;
        }
        cursor = page.next();
        number++;
      } catch (final FetchException | RuntimeException e) {
        rows.add(
            RowFactory.create(from.source(), from.crawl(), number, new Row[0], null, describe(e)));
        break;
      }
    }
    return rows.iterator();
  }

  /** Items by (key, revision): what they offer now. */
  static Iterator<Row> items(final SiteAccess access, final Iterator<Row> keys) {
    return access.with(
        sites -> {
          final List<Row> rows = new ArrayList<>();
          while (keys.hasNext()) {
            final Row key = keys.next();
            if (!access.isOver()) {
              rows.add(item(sites, key.getString(0), key.getString(1)));
            }
          }
          return rows.iterator();
        });
  }

  private static Row item(final Sites sites, final String key, final String revision) {
    try {
      final Optional<Item> item = sites.of(key).item(key, revision);
      return found(item.orElse(new Item(key, revision, List.of())), null);
    } catch (final FetchException | RuntimeException e) {
      return found(new Item(key, revision, null), describe(e));
    }
  }

  /** An answer that nobody thought of is the site's error, and stops no other item. */
  private static String describe(final Exception e) {
    return e instanceof final FetchException refusal
        ? refusal.reason() + ": " + refusal.getMessage()
        : Reason.SITE_ERROR + ": " + e;
  }

  private static Row found(final Item item, final String error) {
    final Row[] offers =
        item.offers() == null
            ? null
            : item.offers().stream().map(SiteTasks::offer).toArray(Row[]::new);
    return RowFactory.create(item.key(), item.revision(), offers, error);
  }

  private static Row offer(final Offer offer) {
    return RowFactory.create(
        offer.file().uri(),
        offer.file().revision(),
        offer.file().size(),
        offer.file().sha256(),
        offer.file().url(),
        offer.about() == null ? null : offer.about().name(),
        offer.about() == null ? null : offer.about().text(),
        offer.refusal() == null ? null : offer.refusal().name(),
        offer.message());
  }
}
