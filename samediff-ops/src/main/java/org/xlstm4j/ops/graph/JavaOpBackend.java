package org.xlstm4j.ops.graph;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.Properties;
import java.util.ServiceLoader;
import org.nd4j.common.io.AbstractResource;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ND4J's best backend of those present, with one difference: its executioner runs {@link JavaOp}s, too. ND4J finds it
 * as a service; nothing has to be called.
 */
public final class JavaOpBackend extends Nd4jBackend {
    private static final Logger LOG = LoggerFactory.getLogger(JavaOpBackend.class);
    private static final String EXECUTIONER = "opexec";
    private Nd4jBackend real;

    private Nd4jBackend real() {
        if (real == null) {
            real = ServiceLoader.load(Nd4jBackend.class, getClass().getClassLoader()).stream()
                    .filter(provider -> provider.type() != JavaOpBackend.class)
                    .map(ServiceLoader.Provider::get)
                    .sorted(Comparator.comparingInt(Nd4jBackend::getPriority).reversed())
                    .filter(JavaOpBackend::works)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no ND4J backend can run here: put nd4j-native, or"
                            + " nd4j-cuda and a GPU that it supports, on the class path"));
        }
        return real;
    }

    private static boolean works(Nd4jBackend backend) {
        try {
            return backend.isAvailable();
        } catch (RuntimeException e) {
            // nd4j-cuda's answer where the native part or the driver is missing, which ND4J catches, too.
            LOG.warn("skipped {}: {}", backend.getClass().getSimpleName(), e.getMessage());
            return false;
        }
    }

    @Override
    public int getPriority() {
        return Integer.MAX_VALUE / 2;
    }

    @Override
    public boolean isAvailable() {
        return real().isAvailable();
    }

    @Override
    public boolean canRun() {
        return real().canRun();
    }

    @Override
    public boolean allowsOrder() {
        return real().allowsOrder();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class getNDArrayClass() {
        return real().getNDArrayClass();
    }

    @Override
    public Environment getEnvironment() {
        return real().getEnvironment();
    }

    @Override
    public String buildInfo() {
        return real().buildInfo();
    }

    @Override
    public void logBackendInit() {
        real().logBackendInit();
    }

    @Override
    public Resource getConfigurationResource() {
        var properties = new Properties();
        try (var stream = real().getConfigurationResource().getInputStream()) {
            properties.load(stream);
            properties.setProperty(EXECUTIONER, executioner(properties.getProperty(EXECUTIONER, "")));
            var bytes = new ByteArrayOutputStream();
            properties.store(bytes, null);
            return new Configuration(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("the ND4J backend's configuration cannot be read", e);
        }
    }

    /** The executioner to use in place of {@code stock}. Names, since CUDA's classes may not be there. */
    private static String executioner(String stock) {
        var own = JavaOpBackend.class.getPackageName();
        return switch (stock.substring(stock.lastIndexOf('.') + 1)) {
            case "NativeOpExecutioner" -> own + ".CpuJavaOpExecutioner";
            case "CudaExecutioner" -> own + ".CudaJavaOpExecutioner";
            default -> throw new IllegalStateException("unknown ND4J executioner " + stock
                    + ": this version of ND4J is not supported");
        };
    }

    private static final class Configuration extends AbstractResource {
        private final byte[] properties;

        Configuration(byte[] properties) {
            this.properties = properties;
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(properties);
        }

        @Override
        public String getDescription() {
            return "ND4J backend with Java ops";
        }
    }
}
