package io.heliosdb.boot.timetravel;

import java.lang.reflect.Method;
import java.util.function.Supplier;

import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/**
 * Gives beans with methods that have {@link AsOf} a proxy that runs them on the past, or
 * adds that to the proxy that they have, around its transactions.
 */
public final class AsOfBeanPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor {

	private static final long serialVersionUID = 1;

	/**
	 * Creates a post-processor.
	 * @param repository the repository, asked for when such a method is first called
	 */
	public AsOfBeanPostProcessor(Supplier<TimeTravelRepository> repository) {
		setBeforeExistingAdvisors(true);
		this.advisor = new DefaultPointcutAdvisor(new AsOfPointcut(), new AsOfInterceptor(repository));
	}

	/** Methods that have the annotation in one of its places. */
	private static final class AsOfPointcut extends StaticMethodMatcherPointcut {

		@Override
		public boolean matches(Method method, Class<?> targetClass) {
			return AsOfInterceptor.appliesTo(method, targetClass);
		}

	}

}
