"""The tutorial with augmentation: an `ImageDataGenerator`, which turns each image by itself in Python."""

from keras.src.legacy.preprocessing.image import ImageDataGenerator
from speed import Speed, epochs, mnist, network

x, y = mnist()
x = x.reshape(-1, 28, 28, 1).astype("float32") / 255
held_out, x, y_held_out, y = x[48_000:], x[:48_000], y[48_000:], y[:48_000]
generator = ImageDataGenerator(rotation_range=20, width_shift_range=0.2, height_shift_range=0.2, horizontal_flip=True)
model = network()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
batches = generator.flow(x, y, batch_size=32)
model.fit(batches, epochs=epochs(), validation_data=(held_out, y_held_out), callbacks=[Speed(48_000)], verbose=0)
