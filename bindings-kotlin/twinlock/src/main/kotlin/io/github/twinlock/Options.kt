package io.github.twinlock

/**
 * What `beginEnrollment` may be given.
 *
 * @property assurance a fresh proof, where the user has a second factor already
 * @property setup the setup of an enrollment begun before: the same secret again, as long as it is valid
 * @property issuer what the app shows in place of the driver's issuer, 1 to 64 bytes
 * @property context what the host says about the request (address, agent), at most 256 bytes
 */
public class BeginOptions(
    public val assurance: String? = null,
    public val setup: String? = null,
    public val issuer: String? = null,
    public val context: String? = null,
) {
    /** Collects them, for Java. */
    public class Builder internal constructor() {
        private var assurance: String? = null
        private var setup: String? = null
        private var issuer: String? = null
        private var context: String? = null

        /** As [BeginOptions.assurance]. */
        public fun assurance(assurance: String?): Builder = apply { this.assurance = assurance }

        /** As [BeginOptions.setup]. */
        public fun setup(setup: String?): Builder = apply { this.setup = setup }

        /** As [BeginOptions.issuer]. */
        public fun issuer(issuer: String?): Builder = apply { this.issuer = issuer }

        /** As [BeginOptions.context]. */
        public fun context(context: String?): Builder = apply { this.context = context }

        /** The options. */
        public fun build(): BeginOptions =
            BeginOptions(assurance, setup, issuer, context)
    }

    public companion object {
        internal val NONE = BeginOptions()

        /** A builder with nothing given. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/**
 * What `confirmEnrollment` may be given.
 *
 * @property nextCodes the two codes that followed, where three were asked for
 * @property name of the authenticator, at most 64 bytes
 * @property context what the host says about the request (address, agent), at most 256 bytes
 */
public class ConfirmOptions(
    public val nextCodes: List<String> = emptyList(),
    public val name: String? = null,
    public val context: String? = null,
) {
    /** Collects them, for Java. */
    public class Builder internal constructor() {
        private var nextCodes: List<String> = emptyList()
        private var name: String? = null
        private var context: String? = null

        /** As [ConfirmOptions.nextCodes]. */
        public fun nextCodes(nextCodes: List<String>): Builder = apply { this.nextCodes = nextCodes }

        /** As [ConfirmOptions.name]. */
        public fun name(name: String?): Builder = apply { this.name = name }

        /** As [ConfirmOptions.context]. */
        public fun context(context: String?): Builder = apply { this.context = context }

        /** The options. */
        public fun build(): ConfirmOptions =
            ConfirmOptions(nextCodes, name, context)
    }

    public companion object {
        internal val NONE = ConfirmOptions()

        /** A builder with nothing given. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/**
 * What `importAuthenticator` is given: either a secret or a URI.
 *
 * @property secret base32
 * @property uri `otpauth://totp/`, which says algorithm, digits and period itself
 * @property name of the authenticator, at most 64 bytes
 * @property algorithm `SHA1` (default), `SHA256` or `SHA512`
 * @property digits 6 (default) to 8
 * @property period seconds a code is shown, default 30
 * @property lastUsedStep the newest step that was used where the secret comes from: none up to it works again
 * @property drift steps that the phone's clock is off, -20 to 20
 * @property context what the host says about the request (address, agent), at most 256 bytes
 */
public class ImportOptions(
    public val secret: String? = null,
    public val uri: String? = null,
    public val name: String? = null,
    public val algorithm: String? = null,
    public val digits: Int? = null,
    public val period: Int? = null,
    public val lastUsedStep: Long? = null,
    public val drift: Int = 0,
    public val context: String? = null,
) {
    /** Collects them, for Java. */
    public class Builder internal constructor() {
        private var secret: String? = null
        private var uri: String? = null
        private var name: String? = null
        private var algorithm: String? = null
        private var digits: Int? = null
        private var period: Int? = null
        private var lastUsedStep: Long? = null
        private var drift: Int = 0
        private var context: String? = null

        /** As [ImportOptions.secret]. */
        public fun secret(secret: String?): Builder = apply { this.secret = secret }

        /** As [ImportOptions.uri]. */
        public fun uri(uri: String?): Builder = apply { this.uri = uri }

        /** As [ImportOptions.name]. */
        public fun name(name: String?): Builder = apply { this.name = name }

        /** As [ImportOptions.algorithm]. */
        public fun algorithm(algorithm: String?): Builder = apply { this.algorithm = algorithm }

        /** As [ImportOptions.digits]. */
        public fun digits(digits: Int?): Builder = apply { this.digits = digits }

        /** As [ImportOptions.period]. */
        public fun period(period: Int?): Builder = apply { this.period = period }

        /** As [ImportOptions.lastUsedStep]. */
        public fun lastUsedStep(lastUsedStep: Long?): Builder = apply { this.lastUsedStep = lastUsedStep }

        /** As [ImportOptions.drift]. */
        public fun drift(drift: Int): Builder = apply { this.drift = drift }

        /** As [ImportOptions.context]. */
        public fun context(context: String?): Builder = apply { this.context = context }

        /** The options. */
        public fun build(): ImportOptions =
            ImportOptions(secret, uri, name, algorithm, digits, period, lastUsedStep, drift, context)
    }

    public companion object {
        internal val NONE = ImportOptions()

        /** A builder with nothing given. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/**
 * What `afterFirstFactor` may be given.
 *
 * @property device the device token of this browser
 * @property required whether this user must have a second factor
 * @property fresh ask for a code even from a trusted browser
 * @property carry sealed into the challenge, given back by `verify`; at most 512 bytes
 * @property context what the host says about the request (address, agent), at most 256 bytes
 */
public class FirstFactorOptions(
    public val device: String? = null,
    public val required: Boolean = false,
    public val fresh: Boolean = false,
    public val carry: String? = null,
    public val context: String? = null,
) {
    /** Collects them, for Java. */
    public class Builder internal constructor() {
        private var device: String? = null
        private var required: Boolean = false
        private var fresh: Boolean = false
        private var carry: String? = null
        private var context: String? = null

        /** As [FirstFactorOptions.device]. */
        public fun device(device: String?): Builder = apply { this.device = device }

        /** As [FirstFactorOptions.required]. */
        public fun required(required: Boolean): Builder = apply { this.required = required }

        /** As [FirstFactorOptions.fresh]. */
        public fun fresh(fresh: Boolean): Builder = apply { this.fresh = fresh }

        /** As [FirstFactorOptions.carry]. */
        public fun carry(carry: String?): Builder = apply { this.carry = carry }

        /** As [FirstFactorOptions.context]. */
        public fun context(context: String?): Builder = apply { this.context = context }

        /** The options. */
        public fun build(): FirstFactorOptions =
            FirstFactorOptions(device, required, fresh, carry, context)
    }

    public companion object {
        internal val NONE = FirstFactorOptions()

        /** A builder with nothing given. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}

/**
 * What `verify` may be given.
 *
 * @property nextCodes the two codes that followed, where three were asked for
 * @property trustDevice the user wants this browser to skip the code for a while
 * @property userId who is signed in, or pending in the session: the challenge of another one is refused
 * @property context what the host says about the request (address, agent), at most 256 bytes
 */
public class VerifyOptions(
    public val nextCodes: List<String> = emptyList(),
    public val trustDevice: Boolean = false,
    public val userId: String? = null,
    public val context: String? = null,
) {
    /** Collects them, for Java. */
    public class Builder internal constructor() {
        private var nextCodes: List<String> = emptyList()
        private var trustDevice: Boolean = false
        private var userId: String? = null
        private var context: String? = null

        /** As [VerifyOptions.nextCodes]. */
        public fun nextCodes(nextCodes: List<String>): Builder = apply { this.nextCodes = nextCodes }

        /** As [VerifyOptions.trustDevice]. */
        public fun trustDevice(trustDevice: Boolean): Builder = apply { this.trustDevice = trustDevice }

        /** As [VerifyOptions.userId]. */
        public fun userId(userId: String?): Builder = apply { this.userId = userId }

        /** As [VerifyOptions.context]. */
        public fun context(context: String?): Builder = apply { this.context = context }

        /** The options. */
        public fun build(): VerifyOptions =
            VerifyOptions(nextCodes, trustDevice, userId, context)
    }

    public companion object {
        internal val NONE = VerifyOptions()

        /** A builder with nothing given. */
        @JvmStatic
        public fun builder(): Builder = Builder()
    }
}
