/** Files and data behind web addresses: manners towards servers, tokens, verified downloads. */
package io.loralake.source.web;
