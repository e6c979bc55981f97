package io.github.twinlock.http

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import java.io.File

class ContractTest {
    @Test
    fun `the calls are those of the contract's document`() {
        val root = checkNotNull(System.getProperty("twinlock.root"))
        val document = Json.members(File(root, "bindings-node/ts/http/contract.json").readText())
        val declared = (document["paths"] as Map<*, *>).flatMap { (path, item) ->
            val calls = (item as Map<*, *>).filterKeys { it in setOf("get", "post", "patch", "delete") }
            calls.map { (method, call) -> listOf((call as Map<*, *>)["operationId"], "$method".uppercase(), path, "requestBody" in call) }
        }
        val ours = OPERATIONS.map { listOf(it.id, it.method, if (it.admin) "/admin${it.path}" else it.path, it.takesBody) }
        assertEquals(declared.toSet(), ours.toSet())
        assertEquals(ours.size, ours.toSet().size)
    }

    @ParameterizedTest
    @CsvSource(
        "GET,    /status,                false, status,              ''",
        "DELETE, /devices/a%20b,         false, revokeDevice,        'a b'",
        "PATCH,  /authenticators/%C3%A9, false, renameAuthenticator, é",
        "GET,    /users/a/b,             true,  adminUser,           a/b",
        "GET,    /users/a%2Freset,       true,  adminUser,           a/reset",
        "POST,   /users/a/b/reset,       true,  adminReset,          a/b",
    )
    fun `a method and a path mean a call`(method: String, path: String, admin: Boolean, operation: String, id: String) {
        val match = find(method, path, admin) as Match.Call
        assertEquals(operation to id, match.operation.id to match.id)
    }

    @ParameterizedTest
    @CsvSource("/Status", "/status/", "//status", "/users/1", "/devices/", "/devices/a/b", "''")
    fun `another path is none of ours`(path: String) = assertNull(find("GET", path, admin = false))

    @Test
    fun `a method that a path does not have is told which there are`() {
        assertEquals("GET, DELETE", (find("PUT", "/devices", admin = false) as Match.Other).allow)
    }

    @ParameterizedTest
    @CsvSource("%", "%2", "%zz", "%ff", "%c3", "%c0%af", "%ed%a0%80")
    fun `what is no UTF-8 is an id that nothing has`(text: String) = assertEquals("\u0000", decoded(text))

    @Test
    fun `a query's values are read by their decoded name`() {
        assertEquals(listOf("a b", "c d", ""), queryValues("cursor=a+b&x=1&%63ursor=c%20d&cursor", "cursor"))
    }
}
