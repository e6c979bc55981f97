package io.github.twinlock.spring

import io.github.twinlock.TwoFactorException
import io.github.twinlock.http.ProblemException
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import org.springframework.core.annotation.AnnotatedElementUtils
import org.springframework.web.method.HandlerMethod
import org.springframework.web.servlet.HandlerExceptionResolver
import org.springframework.web.servlet.HandlerInterceptor
import org.springframework.web.servlet.ModelAndView
import java.time.Duration

/**
 * The guard on a controller, or on one of its methods: lets through who proved a second factor. A method's annotation counts in place
 * of its class's. It is Spring MVC that reads it: elsewhere than on handlers of requests it does nothing.
 *
 * @property maxAge how old the proof may be, in seconds; negative (the default): however old
 * @property ifEnabled users without a second factor pass, unless they must have one
 */
@Target(AnnotationTarget.CLASS, AnnotationTarget.FUNCTION, AnnotationTarget.ANNOTATION_CLASS)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
public annotation class RequiresSecondFactor(val maxAge: Long = -1, val ifEnabled: Boolean = false)

/** Asks the guard for handlers that wear [RequiresSecondFactor]. */
internal class RequiresSecondFactorInterceptor(private val web: TwoFactorWeb) : HandlerInterceptor {
    override fun preHandle(request: HttpServletRequest, response: HttpServletResponse, handler: Any): Boolean {
        val rule = (handler as? HandlerMethod)?.let(::ruleOf) ?: return true
        web.require(request, response, rule.maxAge.takeIf { it >= 0 }?.let(Duration::ofSeconds), rule.ifEnabled)
        return true
    }

    private fun ruleOf(handler: HandlerMethod): RequiresSecondFactor? =
        AnnotatedElementUtils.findMergedAnnotation(handler.method, RequiresSecondFactor::class.java)
            ?: AnnotatedElementUtils.findMergedAnnotation(handler.beanType, RequiresSecondFactor::class.java)
}

/** Answers refusals of ours that handlers throw as `application/problem+json`, with their status and headers. */
internal class TwoFactorExceptionResolver(private val web: TwoFactorWeb) : HandlerExceptionResolver {
    override fun resolveException(
        request: HttpServletRequest,
        response: HttpServletResponse,
        handler: Any?,
        error: Exception,
    ): ModelAndView? {
        if ((error !is ProblemException && error !is TwoFactorException) || response.isCommitted) return null
        return if (web.answerRefusal(error, request, response)) ModelAndView() else null
    }
}
