import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Carries requests. ``URLSessionTransport`` is the one that is there; another one may count, record or pin certificates.
public protocol HTTPTransport: Sendable {
    /// Sends a request and reads the answer to its end.
    ///
    /// Follow no redirect: give the answer that asks for one. It would carry a code or a token to a place that nobody named.
    /// Keep nothing in a cache, and heed cancellation.
    ///
    /// - Parameter request: method, address, headers and body
    /// - Returns: the body, and status and headers
    /// - Throws: whatever kept the answer from coming
    func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse)
}

/// Requests by `URLSession`, without a cache. Cookies are kept in memory, for the manner in which the session is one.
public final class URLSessionTransport: HTTPTransport {
    private let session: URLSession

    /// - Parameter configuration: default: an ephemeral one, which writes nothing to a disk. Its cache is switched off.
    public init(configuration: URLSessionConfiguration = .ephemeral) {
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    deinit {
        session.invalidateAndCancel()
    }

    public func send(_ request: URLRequest) async throws -> (Data, HTTPURLResponse) {
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        keepCookies(of: response)
        return (data, response)
    }

    /// On Linux, Foundation finds cookies only in a header that is written `Set-Cookie`; most servers write it in lower case.
    private func keepCookies(of response: HTTPURLResponse) {
        #if canImport(FoundationNetworking)
        guard let field = response.value(forHTTPHeaderField: "Set-Cookie"), let url = response.url else { return }
        let cookies = HTTPCookie.cookies(withResponseHeaderFields: ["Set-Cookie": field], for: url)
        session.configuration.httpCookieStorage?.setCookies(cookies, for: url, mainDocumentURL: nil)
        #endif
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
