"""Augmentation as Keras's guide shows it for the processor: random layers in `tf.data`, beside the training."""

import keras
import tensorflow as tf
from speed import Speed, epochs, mnist, network

x, y = mnist()
x = x.reshape(-1, 28, 28, 1)
held_out, x, y_held_out, y = x[48_000:], x[:48_000], y[48_000:], y[:48_000]
augmentation = keras.Sequential(
    [
        keras.layers.RandomRotation(20 / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
        keras.layers.RandomFlip("horizontal"),
    ]
)
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10_000).batch(32)
train = train.map(lambda images, labels: (augmentation(images, training=True), labels), num_parallel_calls=tf.data.AUTOTUNE)
train = train.prefetch(tf.data.AUTOTUNE)
validation = tf.data.Dataset.from_tensor_slices((held_out, y_held_out)).batch(32)
model = network(keras.layers.Rescaling(1 / 255))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=epochs(), validation_data=validation, callbacks=[Speed(48_000)], verbose=0)
