/**
 * Web sites that publish adapters: listings page by page, what they offer, and what they refuse.
 */
package io.loralake.source.site;
